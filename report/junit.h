/* junit.h - the gates as a JUnit report, for the tables of tests that CI servers show: a suite a run,
 * a case a gate. What failed is a failure; what was inconclusive is skipped, or a failure where
 * --inconclusive fail says so. A report that is not to be trusted has a case more, in error. Names
 * may be of any bytes: the file is well-formed all the same (XML 1.0, sections 2.2 and 2.4). */
#ifndef TARE_JUNIT_H
#define TARE_JUNIT_H

#include "report.h"

#include <stdio.h>

/* Returns 0 or -errno. */
int junit_write(FILE *out, const struct report *report);

#endif
