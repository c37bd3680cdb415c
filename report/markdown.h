/* markdown.h - the report as a page of GitHub's Markdown, for the summary of a step in CI: the
 * verdict first, then gates, differences and runs as tables, and how they were made. It stays below
 * MARKDOWN_MAX_BYTES, which is what GitHub takes; where rows are left out it says how many and which
 * file has them. Names may be of any bytes: none becomes markup, a link or another cell (GFM 0.29,
 * sections 2.4, 4.10 and 6.9). */
#ifndef TARE_MARKDOWN_H
#define TARE_MARKDOWN_H

#include "report.h"

#include <stdio.h>

#define MARKDOWN_MAX_BYTES (1024u * 1024)

/* Returns 0 or -errno. */
int markdown_write(FILE *out, const struct report *report);

/* Writes text so that it is shown as it stands, within a paragraph or a table's cell; line ends and
 * tabs as blanks, what is no text as U+FFFD. */
void markdown_write_text(FILE *out, const char *text);

#endif
