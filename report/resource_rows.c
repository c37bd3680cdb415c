/* resource_rows.c - rows of resources.csv. */
#include "resource_rows.h"

#include "limits.h"
#include "schema.h"
#include "table.h"

#include <errno.h>
#include <string.h>

enum column {
    COLUMN_SECOND,
    COLUMN_PROCESS,
    COLUMN_PID,
    COLUMN_CPU_USER,
    COLUMN_CPU_SYSTEM,
    COLUMN_RESIDENT,
    COLUMN_DESCRIPTORS,
    COLUMN_THREADS,
    COLUMN_STEAL, /* files of version 0.1.0 end before it */
    COLUMNS
};

#define WATCHED_MAX (VARIANT_PROCESSES_MAX + LIMIT_THREADS_MAX)

/* The last reading of a process or a thread. */
struct watched {
    uint64_t pid;
    int64_t second;
    uint64_t cpu_ns;
    uint64_t steal_ns;
};

/* What one user took from one reading to the next: of several processes the sum, of threads the most. */
struct stretch {
    bool is_known;
    int64_t second;
    int64_t seconds;
    uint64_t cpu_ns;
};

struct reader {
    bool has_steal;
    struct run_process *processes;
    size_t processes_max;
    size_t *process_count;
    struct timeline *timeline;
    struct watched watched[WATCHED_MAX];
    size_t watched_count;
    struct stretch stretches[TIME_USERS];
    int64_t resident_second[TIME_USERS]; /* of the last reading; -1: none */
};

static struct time_bin *find_bin(struct timeline *timeline, int64_t second)
{
    const int64_t index = second * NS_PER_S / timeline->bin_ns;
    return index < (int64_t)timeline->bin_count ? &timeline->bins[index] : NULL;
}

static void end_stretch(struct reader *reader, enum time_user user)
{
    struct stretch *stretch = &reader->stretches[user];
    struct time_bin *bin = find_bin(reader->timeline, stretch->second);
    if (stretch->is_known && bin) {
        bin->uses[user].cpu_ns += stretch->cpu_ns;
        bin->uses[user].watched_ns += (uint64_t)(stretch->seconds * NS_PER_S);
    }
    stretch->is_known = false;
}

static void add_stretch(struct reader *reader, enum time_user user, int64_t second, int64_t seconds,
                        uint64_t cpu_ns)
{
    struct stretch *stretch = &reader->stretches[user];
    if (stretch->is_known && (stretch->second != second || stretch->seconds != seconds))
        end_stretch(reader, user);
    if (!stretch->is_known)
        *stretch = (struct stretch){true, second, seconds, 0};
    if (user == TIME_WORKER)
        stretch->cpu_ns = cpu_ns > stretch->cpu_ns ? cpu_ns : stretch->cpu_ns;
    else
        stretch->cpu_ns += cpu_ns;
}

static void add_resident(struct reader *reader, enum time_user user, int64_t second, uint64_t bytes)
{
    struct time_bin *bin = find_bin(reader->timeline, second);
    if (!bin)
        return;
    bin->uses[user].resident_bytes += bytes;
    bin->uses[user].readings += reader->resident_second[user] != second;
    reader->resident_second[user] = second;
}

/* The last reading of a pid, new ones with none (second -1); NULL where there is no room. */
static struct watched *find_watched(struct reader *reader, uint64_t pid)
{
    for (size_t i = 0; i < reader->watched_count; i++)
        if (reader->watched[i].pid == pid)
            return &reader->watched[i];
    if (reader->watched_count == WATCHED_MAX)
        return NULL;
    struct watched *watched = &reader->watched[reader->watched_count++];
    *watched = (struct watched){.pid = pid, .second = -1};
    return watched;
}

/* A row's share in the timeline. */
static void add_to_timeline(struct reader *reader, enum time_user user, int64_t second,
                            const uint64_t values[COLUMNS])
{
    struct watched *watched = find_watched(reader, values[COLUMN_PID]);
    const uint64_t cpu_ns = values[COLUMN_CPU_USER] + values[COLUMN_CPU_SYSTEM];
    const uint64_t steal_ns = values[COLUMN_STEAL];
    if (!watched)
        return;
    const int64_t seconds = second - watched->second;
    if (watched->second >= 0 && seconds > 0 && cpu_ns >= watched->cpu_ns)
        add_stretch(reader, user, watched->second, seconds, cpu_ns - watched->cpu_ns);
    if (watched->second >= 0 && seconds > 0 && user == TIME_GENERATOR &&
        reader->has_steal && steal_ns >= watched->steal_ns)
        add_stretch(reader, TIME_STEAL, watched->second, seconds, steal_ns - watched->steal_ns);
    if (seconds > 0 && user != TIME_WORKER)
        add_resident(reader, user, second, values[COLUMN_RESIDENT]);
    if (seconds > 0)
        *watched = (struct watched){values[COLUMN_PID], second, cpu_ns, steal_ns};
}

/* The process of a row, added where it is new; NULL where there is no room for one more. */
static struct run_process *find_process(struct reader *reader, struct field name, uint64_t pid)
{
    const size_t size = (size_t)(name.end - name.begin);
    for (size_t i = 0; i < *reader->process_count; i++)
        if (reader->processes[i].pid == pid)
            return &reader->processes[i];
    if (*reader->process_count == reader->processes_max)
        return NULL;
    struct run_process *process = &reader->processes[(*reader->process_count)++];
    memset(process, 0, sizeof *process);
    process->pid = pid;
    const size_t kept = size < sizeof process->name ? size : sizeof process->name - 1;
    memcpy(process->name, name.begin, kept);
    return process;
}

static void raise_to(uint64_t *peak, uint64_t value)
{
    if (value > *peak)
        *peak = value;
}

/* A row's share in the process's peaks. */
static void add_to_process(struct reader *reader, struct field name, const uint64_t values[COLUMNS])
{
    struct run_process *process = find_process(reader, name, values[COLUMN_PID]);
    if (!process)
        return;
    process->cpu_user_ns = (int64_t)values[COLUMN_CPU_USER];
    process->cpu_system_ns = (int64_t)values[COLUMN_CPU_SYSTEM];
    if (process->resident_peak_bytes == 0)
        process->resident_first_bytes = values[COLUMN_RESIDENT];
    raise_to(&process->resident_peak_bytes, values[COLUMN_RESIDENT]);
    raise_to(&process->descriptors_peak, values[COLUMN_DESCRIPTORS]);
    raise_to(&process->threads_peak, values[COLUMN_THREADS]);
}

static bool is_word(struct field field, const char *word)
{
    const size_t size = strlen(word);
    return (size_t)(field.end - field.begin) == size && memcmp(field.begin, word, size) == 0;
}

static int add_row(struct reader *reader, const struct table *table, struct second_rows_seen *seen,
                   struct fault *fault)
{
    uint64_t values[COLUMNS] = {0};
    int64_t start_ns;
    const struct field name = table_field(table, COLUMN_PROCESS);
    if (second_rows_read_start(table, COLUMN_SECOND, seen, &start_ns, fault) != 0)
        return -EINVAL;
    for (size_t i = COLUMN_PID; i < COLUMNS && table_has(table, i); i++)
        if (second_rows_read_count(table, i, &values[i], fault) != 0)
            return -EINVAL;
    if (is_word(name, "worker")) {
        add_to_timeline(reader, TIME_WORKER, start_ns / NS_PER_S, values);
        return 0;
    }
    add_to_process(reader, name, values);
    if (is_word(name, "generator"))
        add_to_timeline(reader, TIME_GENERATOR, start_ns / NS_PER_S, values);
    if (is_word(name, "server"))
        add_to_timeline(reader, TIME_SERVER, start_ns / NS_PER_S, values);
    return 0;
}

int resource_rows_read(const char *path, struct run_process *processes, size_t processes_max,
                       size_t *process_count, struct timeline *timeline,
                       struct second_rows_seen *seen, struct fault *fault)
{
    struct table table;
    struct reader reader = {.processes = processes,
                            .processes_max = processes_max,
                            .process_count = process_count,
                            .timeline = timeline,
                            .resident_second = {-1, -1, -1, -1}};
    enum table_result next = TABLE_END;
    memset(seen, 0, sizeof *seen);
    int result = table_open_grown(&table, path, SCHEMA_HEADER_RESOURCES, COLUMN_STEAL, fault);
    reader.has_steal = result == 0 && table_has(&table, COLUMN_STEAL);
    while (result == 0 && (next = table_next(&table, fault)) == TABLE_ROW)
        result = add_row(&reader, &table, seen, fault);
    for (int i = 0; i < TIME_USERS; i++)
        end_stretch(&reader, (enum time_user)i);
    seen->is_torn = table.is_torn;
    seen->torn_line = table.line + 1;
    table_close(&table);
    return next == TABLE_BAD ? -EINVAL : result;
}
