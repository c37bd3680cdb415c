/* group.c - folders of runs, and whether they are repeats. */
#include "group.h"

#include "differences.h"
#include "folder.h"
#include "schema.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Paths of run folders; owned, each too. */
struct listing {
    char **paths;
    size_t count;
};

static void free_listing(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->paths[i]);
    free(listing->paths);
}

/* Whether a folder has a file: 1 or 0, or -ENOMEM. */
static int has_file(const char *directory, const char *name)
{
    char *file = folder_file_path(directory, name);
    if (!file)
        return -ENOMEM;
    const int has = access(file, F_OK) == 0;
    free(file);
    return has;
}

/* Adds an entry of the group's folder where it is a run. Returns 0, or -errno with the fault's
 * text. */
static int list_entry(struct listing *listing, const char *directory, const char *name,
                      struct fault *fault)
{
    char *path = folder_file_path(directory, name);
    const int has_run = path ? has_file(path, SCHEMA_FILE_RUN) : -ENOMEM;
    const int has_data = path ? has_file(path, SCHEMA_FILE_HISTOGRAMS) : -ENOMEM;
    int result = 0;
    if (has_run < 0 || has_data < 0)
        result = fault_set_errno(fault, ENOMEM, "cannot read %s", directory);
    else if (has_run)
        listing->paths[listing->count++] = path;
    else if (has_data)
        result = fault_set(fault,
                           "%s is a run that has lost its run.json\n"
                           "      copy it there again, or move the folder out of %s",
                           path, directory);
    if (result != 0 || !has_run)
        free(path);
    return result;
}

static bool is_same_folder(const char *left, const char *right)
{
    struct stat l;
    struct stat r;
    return stat(left, &l) == 0 && stat(right, &r) == 0 && l.st_dev == r.st_dev &&
           l.st_ino == r.st_ino;
}

/* Drops symbolic links to runs that are listed anyway ("latest"). */
static void drop_links(struct listing *listing)
{
    for (size_t i = 0; i < listing->count;) {
        struct stat status;
        bool is_double = false;
        if (lstat(listing->paths[i], &status) == 0 && S_ISLNK(status.st_mode))
            for (size_t k = 0; k < listing->count && !is_double; k++)
                is_double = k != i && is_same_folder(listing->paths[i], listing->paths[k]);
        if (!is_double) {
            i++;
            continue;
        }
        free(listing->paths[i]);
        memmove(&listing->paths[i], &listing->paths[i + 1],
                (--listing->count - i) * sizeof *listing->paths);
    }
}

/* Lists the run folders in a folder, sorted as people number them (2 before 10). listing: to be
 * freed, after a failure too. */
static int list_group(struct listing *listing, const char *directory, struct fault *fault)
{
    struct dirent **entries = NULL;
    const int count = scandir(directory, &entries, NULL, versionsort);
    int result = 0;
    if (count < 0 && errno == ENOTDIR)
        return fault_set(fault, "%s is a file, and a run is a folder: name the one it lies in",
                         directory);
    if (count < 0)
        return fault_set_errno(fault, errno, "cannot read the run %s", directory);
    listing->paths = calloc((size_t)count + 1, sizeof *listing->paths);
    if (!listing->paths)
        result = fault_set_errno(fault, ENOMEM, "cannot read %s", directory);
    for (int i = 0; i < count; i++) {
        if (result == 0 && entries[i]->d_name[0] != '.')
            result = list_entry(listing, directory, entries[i]->d_name, fault);
        free(entries[i]);
    }
    free(entries);
    drop_links(listing);
    if (result == 0 && listing->count > VARIANT_RUNS_MAX)
        result = fault_set(fault,
                           "%s holds %zu runs, of which a group can have %u\n"
                           "      move some of them to another folder",
                           directory, listing->count, VARIANT_RUNS_MAX);
    if (result == 0 && listing->count == 0)
        result = fault_set(fault,
                           "%s is no run: it has no run.json, nor has a folder in it\n"
                           "      name a folder that tare wrote, such as results/20261120T120400Z",
                           directory);
    return result;
}

/* Blames a run that is no repeat of the first: their figures add up to nothing that anybody asked.
 * Of other servers and machines the first is told: *is_told. */
static void blame_stranger(struct run *run, const struct run *first, bool *is_told)
{
    struct differences differences;
    differences_find(&differences, first, run, true);
    for (size_t i = 0; i < differences.count; i++) {
        const bool is_load = differences.list[i].kind != DIFFERENCE_SETTING;
        if (!is_load && *is_told)
            continue;
        *is_told |= !is_load;
        folder_blame(run, is_load ? RUN_INVALID : RUN_SUSPECT, "no_repeat",
                     "%s of the group's first run, %.200s%s",
                     is_load ? "no repeat" : "perhaps no repeat", differences.list[i].text,
                     is_load ? "; name such runs one by one" : "");
    }
}

static int read_runs(struct variant *variant, char *const *paths, size_t count, struct fault *fault)
{
    variant->runs = calloc(count, sizeof *variant->runs);
    if (!variant->runs)
        return fault_set_errno(fault, ENOMEM, "cannot read %s", variant->path);
    bool is_told = false;
    for (size_t i = 0; i < count; i++) {
        struct run *run = &variant->runs[variant->run_count++];
        const int result = folder_read(run, paths[i], fault);
        if (result != 0)
            return result;
        if (run->config.loop != variant->runs[0].config.loop)
            return fault_set(
                fault,
                "%s holds runs of closed and of open loop, which are no repeats of one\n"
                "      another: name the runs one by one",
                variant->path);
        if (i > 0)
            blame_stranger(run, &variant->runs[0], &is_told);
    }
    return 0;
}

/* The steps of a search for the highest rate are runs at different rates, and no repeats. */
static int refuse_search(const struct variant *variant, struct fault *fault)
{
    char *path = folder_file_path(variant->path, SCHEMA_FILE_FIND_RATE);
    json_t *document = path ? json_load_file(path, 0, NULL) : NULL;
    const json_t *answer = json_object_get(document, "answer");
    const char *folder = json_string_value(json_object_get(json_object_get(answer, "low"), "folder"));
    if (!folder)
        folder = json_string_value(json_object_get(json_object_get(answer, "high"), "folder"));
    const int result =
        fault_set(fault,
                  "%s is a search for the highest rate (it has a " SCHEMA_FILE_FIND_RATE
                  "): its runs have\n      different rates, and are no repeats of one another\n"
                  "      name one of them: tare-report %s/%s",
                  variant->path, variant->path, folder ? folder : "01-100");
    json_decref(document);
    free(path);
    return result;
}

int group_read(struct variant *variant, struct fault *fault)
{
    struct listing listing = {.paths = NULL};
    const int has_run = has_file(variant->path, SCHEMA_FILE_RUN);
    int result;
    const int has_data = has_file(variant->path, SCHEMA_FILE_HISTOGRAMS);
    if (has_run < 0 || has_data < 0)
        return fault_set_errno(fault, ENOMEM, "cannot read %s", variant->path);
    if (has_run)
        return read_runs(variant, &variant->path, 1, fault);
    if (has_data)
        return fault_set(fault, "%s is a run that has lost its run.json\n      copy it there again",
                         variant->path);
    const int is_search = has_file(variant->path, SCHEMA_FILE_FIND_RATE);
    if (is_search != 0)
        return is_search < 0 ? fault_set_errno(fault, ENOMEM, "cannot read %s", variant->path)
                             : refuse_search(variant, fault);
    variant->is_group = true;
    result = list_group(&listing, variant->path, fault);
    if (result == 0)
        result = read_runs(variant, listing.paths, listing.count, fault);
    free_listing(&listing);
    return result;
}
