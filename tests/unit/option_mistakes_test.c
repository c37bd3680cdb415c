/* Every sentence that a person reads when a command line is wrong: its cause and its remedy. */
#include "command_line.h"

static const struct {
    const char *line, *error;
} mistakes[] = {
    {"",
     "no URL is given\n      tare http://127.0.0.1:8080/ loads a server there; see tare --help"},
    {"-c 3", "no URL is given\n      tare http://127.0.0.1:8080/ loads a server there; see tare "
             "--help"},
    {"--urls /nowhere/urls", "--urls: /nowhere/urls cannot be read: No such file or directory\n      check the path"},
    {"-c x " URL, "-c x is no count\n      write a whole number as 100, 10k or 1m"},
    {"-c 0 " URL, "-c 0 is out of range\n      choose 1 to 1000000"},
    {"-c 1.5 " URL, "-c 1.5 is no count\n      write a whole number as 100, 10k or 1m"},
    {"-c -5 " URL, "-c -5 is no count\n      write a whole number as 100, 10k or 1m"},
    {"-c 1000001 " URL, "-c 1000001 is out of range\n      choose 1 to 1000000"},
    {"-c= " URL, "-c = is no count\n      write a whole number as 100, 10k or 1m"},
    {"-t 0 " URL, "-t 0 is out of range\n      choose 1 to 256"},
    {"-t 257 " URL, "-t 257 is out of range\n      choose 1 to 256"},
    {"-t 11 " URL, "-t 11 threads cannot share -c 10 connections\n      ask for at least one "
                   "connection a thread"},
    {"-d x " URL, "-d x is no time\n      write it as 500ms, 30s or 2m, up to 7 days"},
    {"-d 8d " URL, "-d 8d is no time\n      write it as 500ms, 30s or 2m, up to 7 days"},
    {"-d 169h " URL, "-d 169h is no time\n      write it as 500ms, 30s or 2m, up to 7 days"},
    {"-d 0 " URL, "-d must be longer than nothing\n      write it as 500ms, 30s or 2m"},
    {"-w -1s " URL, "-w -1s is no time\n      write it as 500ms, 30s or 2m, up to 7 days"},
    {"--timeout 0s " URL, "--timeout must be longer than nothing\n      write it as 500ms, 30s or "
                          "2m"},
    {"--grace soon " URL, "--grace soon is no time\n      write it as 500ms, 30s or 2m, up to 7 "
                          "days"},
    {"-n 0 " URL, "-n 0 is out of range\n      choose 1 to 9223372036854775807"},
    {"-n many " URL, "-n many is no count\n      write a whole number as 100, 10k or 1m"},
    {"-R -5 " URL, "-R -5 is no rate\n      write requests a second, as 50, 0.5 or 20k"},
    {"-R 0 " URL, "-R 0 is out of range\n      choose 0.001 to 100000000 requests a second"},
    {"-R 0.0001 " URL, "-R 0.0001 is no rate\n      write requests a second, as 50, 0.5 or 20k"},
    {"-R 1g " URL, "-R 1g is out of range\n      choose 0.001 to 100000000 requests a second"},
    {"--arrivals poisson " URL, "--arrivals needs a rate\n      add -R, such as -R 1000"},
    {"-R 5 --arrivals even " URL, "--arrivals even is not known\n      choose one of constant, "
                                  "poisson"},
    {"--wait busy " URL, "--wait busy is not known\n      choose one of spin, hybrid, block"},
    {"--samples some " URL, "--samples some is not known\n      choose all, none, or 1/N such as "
                            "1/10"},
    {"--samples 1/0 " URL,
     "--samples 1/0 is not known\n      choose all, none, or 1/N such as 1/10"},
    {"--send-stamps 64 " URL, "--send-stamps 64 is not known\n      choose all, none, or 1/N such as "
                              "1/10"},
    {"--samples 2/3 " URL,
     "--samples 2/3 is not known\n      choose all, none, or 1/N such as 1/10"},
    {"--samples 1/5g " URL, "--samples 1/5g is not known\n      choose all, none, or 1/N such as "
                            "1/10"},
    {"--seed x " URL, "--seed x is no whole number\n      choose 0 to 9223372036854775807"},
    {"--seed 9223372036854775808 " URL,
     "--seed 9223372036854775808 is no whole number\n      choose "
     "0 to 9223372036854775807"},
    {"-p 0 " URL, "-p 0 is out of range\n      choose 1 to 64"},
    {"-p 65 " URL, "-p 65 is out of range\n      choose 1 to 64"},
    {"--find-rate p99 " URL, "--find-rate 'p99' has no limit\n      write it as [SERIES.]pNN<=TIME, "
                             "such as 'p99<=10ms' or 'service.p99.9<50ms'"},
    {"--find-rate p99<=9ms -n 5 " URL,
     "-n and --find-rate exclude each other\n      say how long a step lasts with -d"},
    {"--body a --body-lines /dev/null " URL,
     "--body and --body-lines exclude each other\n      leave "
     "one out"},
    {"--body @/nonexistent " URL, "--body: /nonexistent cannot be read: No such file or directory\n"
                                  "      check the path"},
    {"--body-lines /nonexistent " URL, "--body-lines: /nonexistent cannot be read: No such file or "
                                       "directory\n      check the path"},
    {"--body @/proc/self " URL,
     "--body: /proc/self cannot be read: Is a directory\n      check the "
     "path"},
    {"--cpus 4095 " URL, "--cpus 4095: there is no CPU 4095 here, or this process may not use it\n"
                         "      see nproc and taskset -p $$"},
    {"--cpus -1 " URL, "--cpus -1 is no list of CPUs\n      write it as 1 or 2,3 or 4-7"},
    {"-Z " URL, "-Z is not an option of tare\n      see tare --help"},
    {"-Zq " URL, "-Z is not an option of tare\n      see tare --help"},
    {"-qZ " URL, "-Z is not an option of tare\n      see tare --help"},
    {"--nope " URL, "--nope is not an option of tare\n      see tare --help"},
    {"--nope=5 " URL, "--nope=5 is not an option of tare\n      see tare --help"},
    {"--re " URL, "--re is not an option of tare\n      see tare --help"}, /* rate? requests? */
    {"--quiet=5 " URL, "--quiet=5 is not an option of tare\n      see tare --help"},
    {URL " -c", "-c needs a value\n      see tare --help"},
    {URL " -qc", "-c needs a value\n      see tare --help"},
    {"--weigh " URL, "--weigh takes no URL: it loads a tare-stub of its own\n      leave out " URL
                     ", or --weigh"},
    {URL " -q --weigh", "--weigh takes no URL: it loads a tare-stub of its own\n      leave out " URL
                        ", or --weigh"},
    {"--weigh -c 64", "-c does not go with --weigh, whose loads are its own\n      leave one of them "
                      "out"},
    {"--max-time 5s --weigh", "--timeout does not go with --weigh, whose loads are its own\n      "
                              "leave one of them out"},
    {URL " --rate", "--rate needs a value\n      see tare --help"},
};

static void mistakes_are_told_with_a_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct line line;
        if (parse(&line, mistakes[i].line) != OPTIONS_BAD)
            fail_msg("tare %s is taken", mistakes[i].line);
        if (strcmp(line.error, mistakes[i].error) != 0)
            fail_msg("tare %s: %s\ninstead of %s", mistakes[i].line, line.error, mistakes[i].error);
        options_free(&line.options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_told_with_a_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
