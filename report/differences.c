/* differences.c - one run's settings against another's. */
#include "differences.h"

#include "units.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 5))) static void add(struct differences *differences,
                                                      enum difference_kind kind, const char *name,
                                                      const char *format, ...)
{
    va_list arguments;
    if (differences->count == DIFFERENCES_MAX)
        return;
    struct difference *difference = &differences->list[differences->count++];
    difference->kind = kind;
    difference->name = name;
    va_start(arguments, format);
    vsnprintf(difference->text, sizeof difference->text, format, arguments);
    va_end(arguments);
}

static void add_counts(struct differences *differences, const char *name, uint64_t base,
                       uint64_t other)
{
    char base_text[UNITS_TEXT_MAX];
    char other_text[UNITS_TEXT_MAX];
    if (base != other)
        add(differences, DIFFERENCE_LOAD, name, "%s: %s and %s", name,
            units_format_count(base, base_text), units_format_count(other, other_text));
}

/* Connecting is part of the load: how often it is done makes another one. */
static void add_reuse(struct differences *differences, uint64_t base, uint64_t other)
{
    char base_text[UNITS_TEXT_MAX] = "any number", other_text[UNITS_TEXT_MAX] = "any number";
    if (base == other)
        return;
    if (base > 0)
        units_format_count(base, base_text);
    if (other > 0)
        units_format_count(other, other_text);
    add(differences, DIFFERENCE_LOAD, "reuse", "requests a connection: %s and %s", base_text,
        other_text);
}

static void add_texts(struct differences *differences, enum difference_kind kind, const char *name,
                      const char *base, const char *other)
{
    if (base && other && strcmp(base, other) != 0)
        add(differences, kind, name, "%s: %.80s and %.80s", name, base, other);
}

static bool has_target(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->target_count; i++)
        if (strcmp(run->targets[i].name, name) == 0)
            return true;
    return false;
}

static bool has_same_targets(const struct run *base, const struct run *other)
{
    bool same = base->target_count == other->target_count;
    for (size_t i = 0; i < base->target_count && same; i++)
        same = has_target(other, base->targets[i].name);
    return same;
}

static void compare_loads(struct differences *differences, const struct run *base,
                          const struct run *other)
{
    const struct run_config *b = &base->config;
    const struct run_config *o = &other->config;
    add_counts(differences, "connections", b->connections, o->connections);
    add_counts(differences, "threads", b->threads, o->threads);
    if (b->loop == RUN_LOOP_OPEN && o->loop == RUN_LOOP_OPEN &&
        (b->rate_per_s < o->rate_per_s || b->rate_per_s > o->rate_per_s))
        add(differences, DIFFERENCE_LOAD, "rate", "offered rate: %.10g/s and %.10g/s",
            b->rate_per_s, o->rate_per_s);
    add_texts(differences, DIFFERENCE_LOAD, "arrivals", b->arrivals, o->arrivals);
    add_counts(differences, "pipeline", b->pipeline, o->pipeline);
    add_reuse(differences, b->requests_per_connection, o->requests_per_connection);
    if (!has_same_targets(base, other))
        add(differences, DIFFERENCE_LOAD, "targets", "targets: not the same");
}

void differences_find(struct differences *differences, const struct run *base,
                      const struct run *other, bool are_repeats)
{
    differences->count = 0;
    if (base->config.loop != other->config.loop)
        add(differences, DIFFERENCE_LOOP, "loop",
            "loop: closed and open, whose latencies are different quantities");
    compare_loads(differences, base, other);
    add_texts(differences, DIFFERENCE_SETTING, "machine", base->machine.cpu_model,
              other->machine.cpu_model);
    if (base->machine.cpus != other->machine.cpus)
        add(differences, DIFFERENCE_SETTING, "machine", "CPUs: %llu and %llu",
            (unsigned long long)base->machine.cpus, (unsigned long long)other->machine.cpus);
    add_texts(differences, DIFFERENCE_SETTING, "kernel", base->machine.kernel,
              other->machine.kernel);
    for (size_t i = 0; are_repeats && i < base->target_count && i < other->target_count; i++)
        add_texts(differences, DIFFERENCE_SETTING, "URL", base->targets[i].url,
                  other->targets[i].url);
}
