/* arguments.c - options of tare-report, by getopt_long(3). */
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

static const char help[] =
    "usage: tare-report [options] RUN...\n"
    "\n"
    "Turns runs of tare into a page, JSON and CSV files, and judges them. A RUN is a run folder, "
    "or\n"
    "a folder of run folders, which is a group of repeats. The first RUN is the base; each other "
    "one\n"
    "is compared with it.\n"
    "\n"
    "  -o, --output DIR          where to write (default: RUN/report for one RUN, and for several\n"
    "                            the folder report beside the first)\n"
    "      --slo GATE            a service level objective, for every RUN; may be repeated:\n"
    "                            '[TARGET:][SERIES.]METRIC<=LIMIT', METRIC being p50 to p99.9999,\n"
    "                            mean, max, rate (of successes), errors, availability. Examples: "
    "'p95<=800ms',\n"
    "                            'errors<=0.1%', 'GET /users:service.p99<2s', 'rate>=50',\n"
    "                            'availability>=99.9%'\n"
    "      --max-regression GATE against the base, for every other RUN; may be repeated:\n"
    "                            'p95<=2x', 'rate>=90%', 'errors<=+0.1%' (points)\n"
    "      --baseline FILE       the base is what --save-baseline kept, for every RUN; without\n"
    "                            --max-regression it takes rate>=97%, errors<=+0.1%, p50<=105%,\n"
    "                            p99<=110%\n"
    "      --save-baseline FILE  keep the figures of the one RUN; with --baseline they are added\n"
    "                            to its last runs, up to 20\n"
    "      --inconclusive HOW    what a gate counts for that what was measured leaves open: pass\n"
    "                            (default, with a warning) or fail\n"
    "      --format LIST         what to write, of html,json,csv,md,junit (default: all)\n"
    "      --force               go on with runs that are invalid or cannot be compared\n"
    "  -h, --help                print this\n"
    "      --version             print the version\n"
    "\n"
    "Writes report.html, report.json, report.md, junit.xml, summary.csv, timeseries.csv,\n"
    "distribution.csv, targets.csv and delta.csv.\n"
    "Exit: 0 good, 1 a gate failed, 2 wrong use or an error, 3 a run is invalid or runs cannot be\n"
    "compared.\n";

enum option_id {
    OPTION_OUTPUT = 'o',
    OPTION_HELP = 'h',
    OPTION_SLO = 256,
    OPTION_MAX_REGRESSION,
    OPTION_BASELINE,
    OPTION_SAVE_BASELINE,
    OPTION_INCONCLUSIVE,
    OPTION_FORMAT,
    OPTION_FORCE,
    OPTION_VERSION
};

static const struct option options[] = {
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"slo", required_argument, NULL, OPTION_SLO},
    {"max-regression", required_argument, NULL, OPTION_MAX_REGRESSION},
    {"baseline", required_argument, NULL, OPTION_BASELINE},
    {"save-baseline", required_argument, NULL, OPTION_SAVE_BASELINE},
    {"inconclusive", required_argument, NULL, OPTION_INCONCLUSIVE},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0}};

const char *arguments_help(void)
{
    return help;
}

static int add_gate(struct arguments *arguments, const char *text, bool is_regression,
                    struct fault *fault)
{
    if (arguments->gate_count == GATES_MAX)
        return fault_set(fault, "more than %u gates\n      ask for the others in a second call",
                         GATES_MAX);
    struct gate *gate = &arguments->gates[arguments->gate_count++];
    return is_regression ? gate_parse_regression(gate, text, fault) : gate_parse(gate, text, fault);
}

static int read_format(struct arguments *arguments, const char *list, struct fault *fault)
{
    const struct {
        const char *name;
        bool *is_wanted;
    } formats[] = {{"html", &arguments->html},
                   {"json", &arguments->json},
                   {"csv", &arguments->csv},
                   {"md", &arguments->markdown},
                   {"junit", &arguments->junit}};
    const size_t count = sizeof formats / sizeof formats[0];
    for (size_t i = 0; i < count; i++)
        *formats[i].is_wanted = false;
    for (const char *at = list;; at++) {
        const size_t size = strcspn(at, ",");
        size_t i = 0;
        while (i < count &&
               (strlen(formats[i].name) != size || memcmp(at, formats[i].name, size) != 0))
            i++;
        if (i == count)
            return fault_set(
                fault,
                "--format does not know '%.*s'\n"
                "      name one or more of html, json, csv, md, junit with commas between them",
                (int)(size > 40 ? 40 : size), at);
        *formats[i].is_wanted = true;
        at += size;
        if (*at == '\0')
            return 0;
    }
}

static int take_path(const char **path, const char *option, const char *value, struct fault *fault)
{
    *path = value;
    return *value ? 0 : fault_set(fault, "%s names no path", option);
}

static int read_option(struct arguments *arguments, int id, const char *value, struct fault *fault)
{
    switch (id) {
    case OPTION_OUTPUT: return take_path(&arguments->output, "--output", value, fault);
    case OPTION_SLO: return add_gate(arguments, value, false, fault);
    case OPTION_MAX_REGRESSION: return add_gate(arguments, value, true, fault);
    case OPTION_BASELINE: return take_path(&arguments->baseline, "--baseline", value, fault);
    case OPTION_SAVE_BASELINE:
        return take_path(&arguments->save_baseline, "--save-baseline", value, fault);
    case OPTION_INCONCLUSIVE:
        arguments->inconclusive_fails = strcmp(value, "fail") == 0;
        if (!arguments->inconclusive_fails && strcmp(value, "pass") != 0)
            return fault_set(fault, "--inconclusive takes pass or fail, not '%.40s'", value);
        return 0;
    case OPTION_FORMAT: return read_format(arguments, value, fault);
    case OPTION_FORCE: arguments->is_forced = true; return 0;
    case OPTION_HELP: arguments->what = ARGUMENTS_HELP; return 0;
    case OPTION_VERSION: arguments->what = ARGUMENTS_VERSION; return 0;
    }
    return -EINVAL;
}

static int refuse_option(int id, char **argv, struct fault *fault)
{
    const char *option = argv[optind - 1];
    if (id == ':')
        return fault_set(fault, "%.80s lacks its value\n      tare-report --help tells which",
                         option);
    if (optopt > 0 && optopt < 256)
        return fault_set(fault, "there is no option -%c\n      tare-report --help lists them all",
                         optopt);
    return fault_set(fault,
                     "%.80s is no option, or not one that takes a value\n"
                     "      tare-report --help lists them all",
                     option);
}

static int read_runs(struct arguments *arguments, int argc, char **argv, struct fault *fault)
{
    if (optind == argc)
        return fault_set(fault, "no run is named\n"
                                "      tare-report RUN..., a RUN being a folder that tare wrote");
    if (argc - optind > (int)REPORT_VARIANTS_MAX)
        return fault_set(fault,
                         "%d runs are named, of which a report can hold %u\n"
                         "      put repeats into one folder and name that",
                         argc - optind, REPORT_VARIANTS_MAX);
    for (; optind < argc; optind++)
        arguments->runs[arguments->run_count++] = argv[optind];
    return 0;
}

static int check_together(const struct arguments *arguments, struct fault *fault)
{
    for (size_t i = 0; i < arguments->gate_count; i++)
        if (arguments->gates[i].is_regression && arguments->run_count < 2 && !arguments->baseline)
            return fault_set(
                fault,
                "--max-regression compares runs, and one alone is named\n"
                "      name the base first: tare-report --max-regression '%s' BASE RUN\n"
                "      or name a baseline with --baseline FILE",
                arguments->gates[i].text);
    if (arguments->save_baseline && arguments->run_count > 1)
        return fault_set(fault,
                         "--save-baseline keeps one RUN, and %zu are named\n"
                         "      put repeats into one folder and name that",
                         arguments->run_count);
    return 0;
}

int arguments_read(struct arguments *arguments, int argc, char **argv, struct fault *fault)
{
    int id;
    memset(arguments, 0, sizeof *arguments);
    arguments->html = arguments->json = arguments->csv = true;
    arguments->markdown = arguments->junit = true;
    optind = 0; /* a GNU extension: begin anew, whoever called getopt before */
    opterr = 0;
    while ((id = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        if (id == ':' || id == '?')
            return refuse_option(id, argv, fault);
        const int result = read_option(arguments, id, optarg, fault);
        if (result != 0 || arguments->what != ARGUMENTS_REPORT)
            return result;
    }
    const int result = read_runs(arguments, argc, argv, fault);
    return result == 0 ? check_together(arguments, fault) : result;
}
