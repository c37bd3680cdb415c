/* find_rate_judge.c - how long a step is, and what it says of its rate. */
#include "find_rate_parts.h"

#include "units.h"

#include <math.h>
#include <string.h>

/* What is sent below that of what was due was not sent: as verdict.c has it. A request or two may
 * fall on the far side of the end. */
#define SENT_MIN_SHARE 0.98
#define SENT_SLACK 2.0
/* Service times that grow by more than that are a server's that has a queue. */
#define IDLE_MAX_RATIO 1.5
/* And where half of them have doubled, it has one most of the time. */
#define QUEUE_MIN_RATIO 2.0
/* By chance alone the rate of so many Poisson arrivals is off by 2 %, as 1 / sqrt(n) is: no more
 * than the answer's interval is wide. */
#define POISSON_REQUESTS 2500

int64_t find_rate_duration_ns(const struct config *config, const struct search_step *asked)
{
    double requests = 1; /* without any, nothing is said of the rate */
    bool is_climbing = false; /* what bounds the answer is tried again */
    switch (asked->purpose) {
    case SEARCH_CLIMB:
    case SEARCH_DESCEND: is_climbing = true; break;
    case SEARCH_HALVE:
    case SEARCH_REPEAT:
    case SEARCH_CONFIRM: break;
    }
    if (!is_climbing && config->arrivals == ARRIVALS_POISSON)
        requests = POISSON_REQUESTS;
    for (uint32_t i = 0; i < config->goals_count && !is_climbing; i++)
        requests = fmax(requests, FIND_RATE_TAIL_MIN * 1e6 / (1000000 - config->goals[i].ppm));
    const double needed_ns =
        fmin(requests * 1e12 / (double)asked->rate_milli, (double)LIMIT_SEARCH_STEP_NS);
    return needed_ns > (double)config->duration_ns ? (int64_t)needed_ns : config->duration_ns;
}

static void measure(const struct config *config, const struct result *result,
                    struct find_rate_step *step)
{
    const struct histogram *shown = &result->latencies[config->goals[0].series];
    const struct histogram *service = &result->latencies[SERIES_SERVICE];
    const struct histogram *wait = &result->latencies[SERIES_WAIT];
    step->verdict = result->verdict;
    step->achieved_per_s = result_sent_rate(result);
    step->requests = result->measured_requests;
    step->failed = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (outcome_class((enum outcome)i) != OUTCOME_SUCCESS)
            step->failed += result->measured_outcomes[i];
    for (int i = 0; i < RUNFILE_PERCENTILES; i++)
        step->figures_ns[i] = goal_figure_ns(shown, step->requests, runfile_percentiles_ppm[i]);
    step->service_p50_ns = histogram_at_rank(service, units_rank(service->count, 500000));
    step->wait_p99_ns = histogram_at_rank(wait, units_rank(wait->count, 990000));
    for (uint32_t i = 0; i < config->goals_count; i++)
        step->goals[i] = goal_judge(&config->goals[i], &result->latencies[config->goals[i].series],
                                    step->requests);
}

/* Was all sent that was due? What was not, the server did not take, unless the verdict says else.
 */
static bool was_sent(const struct result *result)
{
    return (double)result->measured_sent + SENT_SLACK >=
           SENT_MIN_SHARE * (double)result->measured_requests;
}

/* The goal that failed first; NULL: all hold. */
static const struct goal *find_failed(const struct config *config,
                                      const struct find_rate_step *step,
                                      const struct goal_result **result)
{
    for (uint32_t i = 0; i < config->goals_count; i++)
        if (!step->goals[i].holds) {
            *result = &step->goals[i];
            return &config->goals[i];
        }
    return NULL;
}

static void explain_failure(const struct config *config, const struct result *result,
                            struct find_rate_step *step)
{
    char above[UNITS_TEXT_MAX], all[UNITS_TEXT_MAX], allowed[UNITS_TEXT_MAX];
    const struct goal_result *failed = NULL;
    const struct goal *goal = find_failed(config, step, &failed);
    if (!goal) {
        snprintf(step->sentence, sizeof step->sentence, "only %s of %s requests due were sent",
                 units_format_count(result->measured_sent, above),
                 units_format_count(result->measured_requests, all));
        return;
    }
    const int size = snprintf(
        step->sentence, sizeof step->sentence, "%s: %s of %s above, %s may be", goal->text,
        units_format_count(failed->above, above), units_format_count(failed->requests, all),
        units_format_count(failed->allowed, allowed));
    if (step->failed > 0 && size > 0 && (size_t)size < sizeof step->sentence)
        snprintf(step->sentence + size, sizeof step->sentence - (size_t)size,
                 "; %s failed or had no answer in time", units_format_count(step->failed, above));
}

/* What the generator did wrong. Late sends are a case of their own: they err to one side only. */
struct fault {
    const struct reason *spoilt; /* the first reason that leaves nothing to be said; NULL: none */
    const struct reason *late;   /* requests were sent late, or too late to be sent at all */
    bool is_missed;              /* so late that less was sent than was asked */
    bool is_misdated;            /* and their lag is not known */
};

static struct fault find_fault(const struct config *config, const struct result *result)
{
    struct fault fault = {NULL, NULL, false, false};
    for (uint32_t i = 0; i < result->reasons_count; i++) {
        const struct reason *reason = &result->reasons[i];
        const bool is_misdated = strcmp(reason->name, "sends_misdated") == 0 ||
                                 strcmp(reason->name, "service_impossible") == 0;
        if (reason->verdict < (config->strict ? VERDICT_SUSPECT : VERDICT_INVALID))
            continue;
        const bool is_missed = strcmp(reason->name, "rate_missed") == 0;
        fault.is_missed |= is_missed;
        fault.is_misdated |= is_misdated;
        if (is_missed || is_misdated || strcmp(reason->name, "send_lag") == 0)
            fault.late = fault.late ? fault.late : reason;
        else
            fault.spoilt = fault.spoilt ? fault.spoilt : reason;
    }
    return fault;
}

static bool are_all_response(const struct config *config)
{
    for (uint32_t i = 0; i < config->goals_count; i++)
        if (config->goals[i].series != SERIES_RESPONSE)
            return false;
    return true;
}

/* Does a goal fail however late the requests were sent? Lag adds up over the requests that waited
 * for one another's connection, unless the server had a queue meanwhile: then it gave all it had.
 */
static bool fails_beyond_lag(const struct config *config, int64_t idle_ns,
                             const struct result *result, const struct find_rate_step *step)
{
    const int64_t lag_ns = result->latencies[SERIES_SEND_LAG].max_ns;
    const bool has_queue =
        idle_ns >= 0 && (double)step->service_p50_ns > QUEUE_MIN_RATIO * (double)idle_ns;
    if (step->wait_p99_ns > 0 && !has_queue)
        return false;
    for (uint32_t i = 0; i < config->goals_count; i++) {
        const int64_t figure_ns = step->goals[i].figure_ns;
        /* Whatever was not answered took longer than the grace time at least. */
        const int64_t least_ns = (figure_ns < 0 ? config->grace_ns : figure_ns) - lag_ns;
        if (config->goals[i].series == SERIES_RESPONSE && !step->goals[i].holds &&
            least_ns > config->goals[i].limit_ns)
            return true;
    }
    return false;
}

/* Could the generator do no more? Else it was disturbed. */
static bool is_at_limit(const struct result *result)
{
    return result->limited_by == LIMITED_BY_GENERATOR ||
           result->anomalies[ANOMALY_RECORDING_STALLS] > 0 ||
           result->anomalies[ANOMALY_CQ_OVERFLOW] > 0;
}

static enum search_outcome decide(const struct config *config, int64_t idle_ns,
                                  const struct result *result, const struct find_rate_step *step,
                                  const struct fault *fault)
{
    const struct goal_result *failed;
    const bool holds = was_sent(result) && !fault->is_missed && !find_failed(config, step, &failed);
    const enum search_outcome spoilt = is_at_limit(result) ? SEARCH_LIMITED : SEARCH_INVALID;
    if (fault->spoilt || step->requests == 0)
        return spoilt;
    if (!fault->late)
        return holds ? SEARCH_HOLDS : SEARCH_FAILS;
    if (holds)
        return are_all_response(config) ? SEARCH_HOLDS : spoilt;
    return !fault->is_misdated && fails_beyond_lag(config, idle_ns, result, step) ? SEARCH_FAILS
                                                                                  : spoilt;
}

void find_rate_judge(const struct config *config, int64_t idle_ns, const struct result *result,
                     struct find_rate_step *step)
{
    const struct fault fault = find_fault(config, result);
    const struct reason *reason = fault.spoilt ? fault.spoilt : fault.late;
    measure(config, result, step);
    step->is_judged = true;
    step->reason = NULL;
    step->sentence[0] = '\0';
    step->outcome = decide(config, idle_ns, result, step, &fault);
    switch (step->outcome) {
    case SEARCH_HOLDS: break;
    case SEARCH_FAILS: explain_failure(config, result, step); break;
    case SEARCH_LIMITED:
    case SEARCH_INVALID:
        step->reason = reason ? reason->name : "nothing_due";
        snprintf(step->sentence, sizeof step->sentence, "%s",
                 reason ? reason->sentence : "no request was due in it; longer steps (-d) have some");
        break;
    }
}

const char *find_rate_folder(const struct find_rate *search, uint64_t rate_milli)
{
    for (uint32_t i = search->steps_count; i-- > 0;)
        if (search->steps[i].is_judged && search->steps[i].asked.rate_milli == rate_milli)
            return search->steps[i].folder;
    return NULL;
}

bool find_rate_lacks_connections(const struct find_rate *search)
{
    const struct search_answer answer = search_answer(&search->search);
    for (uint32_t i = search->steps_count; i-- > 0;) {
        const struct find_rate_step *step = &search->steps[i];
        if (step->is_judged && step->outcome == SEARCH_FAILS &&
            step->asked.rate_milli == answer.high.rate_milli)
            return search->idle_ns > 0 && step->wait_p99_ns > step->service_p50_ns / 2 &&
                   (double)step->service_p50_ns < IDLE_MAX_RATIO * (double)search->idle_ns;
    }
    return false;
}
