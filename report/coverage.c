/* coverage.c - where runs end within a bin. */
#include "coverage.h"

#include "limits.h"

#include <math.h>

static int64_t run_end_ns(const struct variant *variant, const struct run *run, bool with_grace)
{
    if (!run->is_measured)
        return (int64_t)variant->timeline.bin_count * variant->timeline.bin_ns;
    return run->warmup_ns + run->measure_ns + (with_grace ? run->grace_ns : 0);
}

int64_t coverage_end_ns(const struct variant *variant)
{
    int64_t end = 0;
    for (size_t i = 0; i < variant->run_count; i++) {
        const int64_t run = run_end_ns(variant, &variant->runs[i], true);
        end = run > end ? run : end;
    }
    return end;
}

int64_t coverage_ns(const struct variant *variant, size_t bin, bool with_grace)
{
    const int64_t bin_ns = variant->timeline.bin_ns;
    int64_t covered = 0;
    for (size_t i = 0; i < variant->run_count; i++) {
        const int64_t left =
            run_end_ns(variant, &variant->runs[i], with_grace) - (int64_t)bin * bin_ns;
        covered += left > bin_ns ? bin_ns : left > 0 ? left : 0;
    }
    const double least = COVERAGE_LEAST * (double)bin_ns * (double)variant->run_count;
    return (double)covered < least ? 0 : covered;
}

double coverage_rate(const struct variant *variant, size_t bin, uint64_t count, bool with_grace)
{
    const int64_t covered = coverage_ns(variant, bin, with_grace);
    return covered > 0 ? (double)count * (double)NS_PER_S / (double)covered : NAN;
}
