/* page_parts.h - the parts of the page, in the order of templates/page.html; for page.c alone.
 * Each writes whole elements, or nothing where the report has nothing for it. */
#ifndef TARE_PAGE_PARTS_H
#define TARE_PAGE_PARTS_H

#include "figures.h"
#include "markup.h"
#include "report.h"

#include <stdio.h>

struct page {
    FILE *out;
    const struct report *report;
    const struct figures *figures;
};

/* page_top.c: what is read first. */
void page_write_header(const struct page *page);
void page_write_lead(const struct page *page);
void page_write_gates(const struct page *page);
void page_write_runs(const struct page *page);

/* page_changed.c: every variant against the base. */
void page_write_changed(const struct page *page);

/* page_charts.c: charts, each with its table. */
void page_write_spread(const struct page *page);
void page_write_outcomes(const struct page *page);

/* page_phases.c: stacked means; page_dots.c: a dot a run. Both within page_charts.c's sections. */
void page_write_phases(const struct page *page);
void page_write_dots(const struct page *page);

/* page_time.c: charts over time. */
void page_write_time(const struct page *page);

/* page_targets.c: figures by target, where there are several; and which row of that table, from 0, a
 * target of this name has. */
bool page_has_targets(const struct report *report);
void page_write_targets(const struct page *page);
size_t page_target_row(const struct report *report, const char *name);

/* page_weight.c: the generator's own weight. */
void page_write_weight(const struct page *page);

/* page_use.c: what generator and server took over time, within page_weight.c's section. */
void page_write_use(const struct page *page);

/* page_scale.c: what the scale errs by on its machine, within page_weight.c's section. */
void page_write_scale(const struct page *page);

/* page_method.c: how all of it was measured. */
void page_write_measured(const struct page *page);

/* page_data.c: the numbers for the page's script. */
void page_write_data(const struct page *page);

/* Shared by the parts. */

/* A marker in a variant's colour; nothing for a variant that is not drawn. */
void page_write_marker(const struct page *page, size_t variant);

/* <th scope="col">NAME for every variant, with its marker. */
void page_write_variant_heads(const struct page *page);

/* A table of facts: a row each, a cell a variant. */
struct page_fact {
    const char *name;
    void (*write)(const struct page *page, const struct variant *variant);
};
void page_write_facts(const struct page *page, const struct page_fact *facts, size_t count);

/* Opens a section with its title and the sentences about it. more: own words, after those; "": none. */
struct story;
void page_open_section(const struct page *page, const char *title, const struct story *story,
                       const char *more);

/* A chart with its title; nothing where figure is NULL. */
void page_write_figure(const struct page *page, const struct figure *figure);

/* Text that anybody chose, or "not known" where there is none. */
void page_write_known(const struct page *page, const char *text);

/* A cell with a percentile of a distribution: marked as thin where too little lies beyond it, a
 * dash where there is nothing. */
void page_write_percentile_cell(const struct page *page, const struct distribution *values,
                                uint32_t ppm);

/* The same with its 95 % interval, and a word where that is only fair, or cannot be told. */
void page_write_worth_cell(const struct page *page, const struct target *target, enum series series,
                           uint32_t ppm);

/* Opens and closes <details> around a table. name: of the run that it is about, escaped here; NULL:
 * of all. tall: it scrolls. */
void page_open_table(const struct page *page, const char *name, const char *summary, bool tall);
void page_close_table(const struct page *page);

#endif
