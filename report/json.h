/* json.h - report.json: everything that the report knows, for other programs.
 * Times in ns, rates per second, shares from 0 to 1. Keys are added, none is renamed; a change that
 * old readers would misread raises JSON_SCHEMA_VERSION. */
#ifndef TARE_JSON_H
#define TARE_JSON_H

#include "report.h"

#include <stdio.h>

#define JSON_SCHEMA_VERSION 1

/* Writes the report. Returns 0 or -errno. The same report gives the same bytes. */
int json_write(FILE *out, const struct report *report);

#endif
