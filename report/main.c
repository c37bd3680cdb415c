/* main.c - tare-report: reads its command line, makes a report of the runs, writes its files.
 * Exit codes: 0 good, 1 a gate failed, 2 wrong use or an error, 3 not to be trusted. */
#include "arguments.h"
#include "baseline.h"
#include "csv.h"
#include "folder.h"
#include "json.h"
#include "junit.h"
#include "markdown.h"
#include "output.h"
#include "page.h"
#include "quote.h"
#include "report.h"
#include "schema.h"
#include "terminal.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum exit_code { EXIT_GOOD = 0, EXIT_GATE = 1, EXIT_WRONG = 2, EXIT_DOUBT = 3 };

static int complain(const struct fault *fault)
{
    fprintf(stderr, "tare-report: %s\n", fault->text);
    return EXIT_WRONG;
}

/* Where the report goes unless -o says: into the one run's folder, or beside the first of several.
 * Owned. */
static char *default_output(const struct arguments *arguments)
{
    if (arguments->run_count == 1)
        return folder_file_path(arguments->runs[0], "report");
    char *run = strdup(arguments->runs[0]);
    if (!run)
        return NULL;
    size_t size = strlen(run);
    while (size > 1 && run[size - 1] == '/')
        run[--size] = '\0';
    char *slash = strrchr(run, '/');
    const char *base = slash ? slash + 1 : run;
    /* The parent of "." is not what stands before its slash. */
    if (strcmp(base, ".") == 0 || strcmp(base, "..") == 0) {
        free(run);
        return folder_file_path(arguments->runs[0], "../report");
    }
    if (slash == run)
        slash[1] = '\0';
    else if (slash)
        *slash = '\0';
    char *path = slash ? folder_file_path(run, "report") : strdup("report");
    free(run);
    return path;
}

/* A file of the report and what writes it. */
struct writer {
    const char *name;
    int (*write)(FILE *out, const struct report *report);
    bool is_wanted;
};

static int write_file(struct output *output, const struct writer *writer,
                      const struct report *report, struct fault *fault)
{
    FILE *file = output_begin(output, writer->name, fault);
    if (!file)
        return -EIO;
    const int written = writer->write(file, report);
    /* What the disk says comes first: it is the cause of what the writer says. */
    const int ended = output_end(output, fault);
    if (ended != 0 || written == 0)
        return ended;
    return fault_set_errno(fault, -written, "cannot write %s", writer->name);
}

static int write_files(struct output *output, const struct arguments *arguments,
                       const struct report *report, struct fault *fault)
{
    const struct writer writers[] = {{"summary.csv", csv_write_summary, arguments->csv},
                                     {"timeseries.csv", csv_write_timeseries, arguments->csv},
                                     {"distribution.csv", csv_write_distribution, arguments->csv},
                                     {"targets.csv", csv_write_targets, arguments->csv},
                                     {"delta.csv", csv_write_delta, arguments->csv},
                                     {"report.json", json_write, arguments->json},
                                     {"report.html", page_write, arguments->html},
                                     {"report.md", markdown_write, arguments->markdown},
                                     {"junit.xml", junit_write, arguments->junit}};
    int result = 0;
    for (size_t i = 0; i < sizeof writers / sizeof writers[0] && result == 0; i++)
        if (writers[i].is_wanted)
            result = write_file(output, &writers[i], report, fault);
    return result == 0 ? output_commit(output, fault) : result;
}

/* Writes the files into `directory`. Signals that end programs wait meanwhile, so that no temporary
 * file is left behind. */
static int write_report(const struct arguments *arguments, const struct report *report,
                        const char *directory, struct fault *fault)
{
    struct output output;
    sigset_t ends;
    sigset_t before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &before);
    int result = output_init(&output, directory, fault);
    if (result != 0) {
        const size_t size = strlen(fault->text);
        snprintf(fault->text + size, sizeof fault->text - size,
                 "\n      -o DIR writes the report elsewhere");
    }
    if (result == 0)
        result = write_files(&output, arguments, report, fault);
    output_free(&output);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

static int exit_code_of(const struct arguments *arguments, const struct report *report)
{
    const bool is_open = report_count_verdict(report, GATE_INCONCLUSIVE) > 0;
    if (!report->is_trusted && !report->is_forced)
        return EXIT_DOUBT;
    if (report_count_verdict(report, GATE_FAIL) > 0 || (is_open && arguments->inconclusive_fails))
        return EXIT_GATE;
    return EXIT_GOOD;
}

/* Where the rows of requests were thinned out, they would decide. */
static void complain_of_open_gates(const struct report *report)
{
    bool is_thinned = false;
    for (size_t i = 0; i < report->variant_count; i++)
        is_thinned |= report->variants[i].from_histograms;
    fprintf(stderr,
            "tare-report: a gate is open: what was measured cannot decide it\n"
            "      run tare %s\n",
            is_thinned ? "with --samples all" : "for longer, or several times into one folder");
}

/* Prints the summary and where the report lies. Returns the exit code. */
static int conclude(const struct arguments *arguments, const struct report *report,
                    const char *directory)
{
    const char *no_colour = getenv("NO_COLOR"); /* no-color.org */
    const char *shown = arguments->html ? "report.html" : arguments->json ? "report.json" : "";
    const size_t size = strlen(directory);
    terminal_write(stdout, report, isatty(STDOUT_FILENO) == 1 && !(no_colour && *no_colour));
    printf("\n%s%s%s\n", directory, size > 0 && directory[size - 1] == '/' ? "" : "/", shown);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "tare-report: cannot print: %s\n", strerror(errno));
        return EXIT_WRONG;
    }
    terminal_write_doubts(stderr, report);
    if (report_count_verdict(report, GATE_INCONCLUSIVE) > 0)
        complain_of_open_gates(report);
    return exit_code_of(arguments, report);
}

/* Writes the baseline beside where it will be, and names it when it is whole. */
static int save_baseline(const struct arguments *arguments, const struct report *report,
                         struct fault *fault)
{
    struct output output;
    char *directory = strdup(arguments->save_baseline);
    char *name = strdup(arguments->save_baseline);
    int result = directory && name ? output_init(&output, dirname(directory), fault) : -ENOMEM;
    if (!directory || !name) {
        fault_set_errno(fault, ENOMEM, "cannot write the baseline");
    } else {
        FILE *file = result == 0 ? output_begin(&output, basename(name), fault) : NULL;
        result = file ? baseline_write(file, &report->variants[0], report->gates,
                                       report->gate_count, report->baseline)
                      : -EIO;
        const int ended = file ? output_end(&output, fault) : result;
        if (file && ended == 0 && result != 0)
            fault_set_errno(fault, -result, "cannot write %s", arguments->save_baseline);
        result = ended != 0 ? ended : result;
        result = result == 0 ? output_commit(&output, fault) : result;
        output_free(&output);
    }
    free(directory);
    free(name);
    return result;
}

/* What is not to be trusted makes no baseline. */
static int keep_baseline(const struct arguments *arguments, const struct report *report, int code,
                         struct fault *fault)
{
    if (code == EXIT_DOUBT) {
        fprintf(stderr, "tare-report: %s is not written: this run is not to be trusted\n",
                arguments->save_baseline);
        return 0;
    }
    return save_baseline(arguments, report, fault);
}

static int run(const struct arguments *arguments, char *command)
{
    struct fault fault = {.text = ""};
    struct report report;
    int code = EXIT_WRONG;
    char *directory = NULL;
    const struct report_ask ask = {.paths = arguments->runs,
                                   .path_count = arguments->run_count,
                                   .gates = arguments->gates,
                                   .gate_count = arguments->gate_count,
                                   .baseline = arguments->baseline,
                                   .is_forced = arguments->is_forced,
                                   .inconclusive_fails = arguments->inconclusive_fails};
    if (report_make(&report, command, &ask, &fault) != 0)
        goto done;
    directory = arguments->output ? strdup(arguments->output) : default_output(arguments);
    if (!directory)
        fault_set_errno(&fault, ENOMEM, "cannot write the report");
    else if (write_report(arguments, &report, directory, &fault) == 0)
        code = conclude(arguments, &report, directory);
    if (code != EXIT_WRONG && arguments->save_baseline &&
        keep_baseline(arguments, &report, code, &fault) != 0)
        code = EXIT_WRONG;
done:
    if (*fault.text)
        code = complain(&fault);
    free(directory);
    report_free(&report);
    return code;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct fault fault = {.text = ""};
    /* A limit on file sizes is then an error of write(2), told like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    char *command = quote_command((const char *const *)argv, (size_t)argc);
    if (!command)
        fault_set_errno(&fault, ENOMEM, "cannot start");
    if (!command || arguments_read(&arguments, argc, argv, &fault) != 0) {
        free(command);
        return complain(&fault);
    }
    if (arguments.what == ARGUMENTS_REPORT)
        return run(&arguments, command);
    free(command);
    if (arguments.what == ARGUMENTS_HELP)
        fputs(arguments_help(), stdout);
    else
        puts("tare-report " TARE_VERSION);
    return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_WRONG;
}
