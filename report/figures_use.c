/* figures_use.c - what generator and server took, second by second: CPU, stolen time, memory. */
#include "figures_parts.h"

#include "timeline.h"

#include <math.h>
#include <string.h>

#define USE_PX 70
#define USE_POINTS_MAX 150u /* longer runs have several bins in a point */

static const struct {
    enum figure_kind kind;
    enum time_user user;
    bool is_memory;
    const char *id;
    const char *title;
} uses[FIGURES_USES] = {
    {FIGURE_CPU, TIME_GENERATOR, false, "cpu", "CPU of the generator, in % of one CPU"},
    {FIGURE_STEAL, TIME_STEAL, false, "steal",
     "stolen from the generator’s CPUs by the hypervisor, in % of one CPU"},
    {FIGURE_MEMORY, TIME_GENERATOR, true, "memory", "memory of the generator, in MB"},
    {FIGURE_SERVER_CPU, TIME_SERVER, false, "server-cpu", "CPU of the server, in % of one CPU"},
    {FIGURE_SERVER_MEMORY, TIME_SERVER, true, "server-memory", "memory of the server, in MB"}};

/* The values of a variant at the moments of a chart, each of `stretch` moments of its bins; NAN at other
 * variants' moments, and where nobody watched. */
static void fill(const struct chart *chart, const struct chart *moments, size_t stretch,
                 const struct variant *variant, enum time_user user, bool is_memory, double *y)
{
    for (size_t i = 0; i < chart->points; i++) {
        struct time_bin sum = {.due = 0};
        for (size_t k = i * stretch; k < (i + 1) * stretch && k < moments->points; k++) {
            const struct time_bin *bin = figures_bin_at(variant, moments->at[k]);
            if (bin)
                timeline_add(&sum, bin);
        }
        y[i] = is_memory ? timeline_resident_bytes(&sum, user) / 1e6
                         : timeline_cpu_share(&sum, user) * 100;
    }
}

/* The moments of these charts: those of all bins, or the middles of stretches of them. */
static size_t set_moments(struct chart *chart, const struct chart *moments, double *numbers)
{
    const size_t stretch = (moments->points + USE_POINTS_MAX - 1) / USE_POINTS_MAX;
    chart->points = (moments->points + stretch - 1) / stretch;
    chart->spans = moments->spans;
    chart->at = stretch == 1 ? moments->at : numbers;
    for (size_t i = 0; i < chart->points && stretch > 1; i++) {
        const size_t last = (i + 1) * stretch - 1;
        numbers[i] = (moments->at[i * stretch] +
                      moments->at[last < moments->points ? last : moments->points - 1]) /
                     2;
    }
    return stretch;
}

/* The busiest thread is told apart where there are several. */
static bool has_threads(const struct variant *variant)
{
    return variant->run_count > 0 && variant->runs[0].config.threads > 1;
}

static double *make_use(struct figures *figures, const struct report *report, size_t index,
                        const struct chart *moments, const struct chart *own, size_t stretch,
                        double *numbers)
{
    struct figure *figure =
        figures_add(figures, uses[index].kind, CHART_COUNT, USE_PX, uses[index].id);
    struct chart *chart = &figure->chart;
    bool has_busiest = false;
    double low;
    double high;
    chart->at = own->at;
    chart->points = own->points;
    chart->spans = own->spans;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        const struct variant *variant = &report->variants[i];
        if (uses[index].kind == FIGURE_CPU && has_threads(variant)) {
            fill(chart, moments, stretch, variant, TIME_WORKER, false, numbers);
            figures_add_line(chart, NULL, i, true, numbers);
            numbers += chart->points;
            has_busiest = true;
        }
        fill(chart, moments, stretch, variant, uses[index].user, uses[index].is_memory, numbers);
        figures_add_line(chart, variant->name, i, false, numbers);
        numbers += chart->points;
    }
    if (!figures_find_range(chart, &low, &high)) {
        figures_drop(figures); /* nobody watched, or nothing was stolen */
        return numbers;
    }
    figures_set_time_axes(figure, report);
    snprintf(figure->title, sizeof figure->title, "%s%s", uses[index].title,
             has_busiest ? "; dots: its busiest thread" : "");
    snprintf(figure->label, sizeof figure->label, "%.280s, over time", figure->title);
    return numbers;
}

size_t figures_use_numbers(const struct report *report)
{
    return USE_POINTS_MAX * (1 + figures_drawn(report) * (FIGURES_USES + 1));
}

double *figures_use_init(struct figures *figures, const struct report *report,
                         const struct chart *moments, double *numbers)
{
    struct chart own = {.points = 0};
    const size_t stretch = set_moments(&own, moments, numbers);
    numbers += USE_POINTS_MAX;
    for (size_t i = 0; i < FIGURES_USES; i++)
        numbers = make_use(figures, report, i, moments, &own, stretch, numbers);
    return numbers;
}
