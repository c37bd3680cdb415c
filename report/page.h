/* page.h - the report as one HTML file that asks nobody for anything.
 * The shell, its style and its script come from templates/ (assets.h); what stands in it from the
 * report. A content security policy allows exactly the styles and scripts that are in the file, by
 * their SHA-256 (CSP level 3), and nothing else. Without the script the page is whole. */
#ifndef TARE_PAGE_H
#define TARE_PAGE_H

#include "report.h"

#include <stdio.h>

/* Writes the page. Returns 0 or -errno. The same report gives the same bytes. */
int page_write(FILE *out, const struct report *report);

#endif
