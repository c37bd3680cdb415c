/* find_rate_file.c - find-rate.json: what was asked, each step, the answer; by jansson. */
#include "find_rate_parts.h"

#include "jsonfile.h"
#include "units.h"
#include "verdict.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *rate(uint64_t rate_milli)
{
    return rate_milli > 0 ? json_real((double)rate_milli / 1000) : json_null();
}

/* -1 where it is not known. */
static json_t *time_ns(int64_t ns)
{
    return ns >= 0 ? json_integer(ns) : json_null();
}

static json_t *make_goals(const struct config *config)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < config->goals_count; i++) {
        const struct goal *goal = &config->goals[i];
        json_array_append_new(
            list, json_pack("{s:o, s:s, s:f, s:I}", "text", jsonfile_text(goal->text), "series",
                            schema_series_name(goal->series), "percentile", (double)goal->ppm / 1e4,
                            "limit_ns", (json_int_t)goal->limit_ns));
    }
    return list;
}

static json_t *make_settings(const struct find_rate *search)
{
    const struct config *c = search->config;
    return json_pack("{s:s, s:o, s:o, s:f, s:i, s:I, s:I, s:I, s:i, s:i, s:s, s:o}", "url", c->url,
                     "start_per_s", rate(search->search.setup.start_milli), "floor_per_s",
                     rate(search->search.setup.floor_milli), "resolution",
                     (double)LIMIT_SEARCH_RESOLUTION_PPM / 1e6, "steps_max",
                     (int)search->search.setup.steps_max, "step_ns", (json_int_t)c->duration_ns,
                     "warmup_ns", (json_int_t)c->warmup_ns, "grace_ns", (json_int_t)c->grace_ns,
                     "connections", (int)c->connections, "threads", (int)c->threads, "arrivals",
                     config_arrivals_name(c->arrivals), "idle_ns", time_ns(search->idle_ns));
}

static json_t *make_step_goals(const struct find_rate *search, const struct find_rate_step *step)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < search->config->goals_count; i++) {
        const struct goal_result *g = &step->goals[i];
        json_array_append_new(
            list, json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}", "text",
                            jsonfile_text(search->config->goals[i].text), "holds", (int)g->holds,
                            "requests", integer(g->requests), "above", integer(g->above), "allowed",
                            integer(g->allowed), "figure_ns", time_ns(g->figure_ns)));
    }
    return list;
}

static void add_outcome(json_t *o, const struct find_rate *search,
                        const struct find_rate_step *step)
{
    json_object_set_new(o, "outcome", json_string(search_outcome_name(step->outcome)));
    json_object_set_new(o, "verdict", json_string(verdict_name(step->verdict)));
    json_object_set_new(o, "reason", step->reason ? json_string(step->reason) : json_null());
    json_object_set_new(o, "sentence",
                        step->sentence[0] ? jsonfile_text(step->sentence) : json_null());
    json_object_set_new(o, "achieved_per_s", json_real(step->achieved_per_s));
    json_object_set_new(o, "requests", integer(step->requests));
    json_object_set_new(o, "failed", integer(step->failed));
    for (int i = 0; i < RUNFILE_PERCENTILES; i++) {
        char key[UNITS_TEXT_MAX];
        snprintf(key, sizeof key, "%s_ns", runfile_percentile_names[i]);
        json_object_set_new(o, key, time_ns(step->figures_ns[i]));
    }
    json_object_set_new(o, "service_p50_ns", json_integer(step->service_p50_ns));
    json_object_set_new(o, "wait_p99_ns", json_integer(step->wait_p99_ns));
    json_object_set_new(o, "goals", make_step_goals(search, step));
}

static json_t *make_steps(const struct find_rate *search)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < search->steps_count; i++) {
        const struct find_rate_step *step = &search->steps[i];
        json_t *o =
            json_pack("{s:s, s:s, s:o, s:I, s:b, s:I}", "folder", step->folder, "purpose",
                      search_purpose_name(step->asked.purpose), "rate_per_s",
                      rate(step->asked.rate_milli), "duration_ns", (json_int_t)step->duration_ns,
                      "idle_before", (int)step->is_idle, "drain_ns", (json_int_t)step->drain_ns);
        if (step->is_judged)
            add_outcome(o, search, step);
        else
            json_object_set_new(o, "outcome", json_null());
        json_array_append_new(list, o);
    }
    return list;
}

/* One end of the interval, and what it rests on; null where there is none. */
static json_t *make_end(const struct find_rate *search, const struct search_rate *end)
{
    if (end->rate_milli == 0)
        return json_null();
    return json_pack("{s:o, s:i, s:i, s:s?}", "rate_per_s", rate(end->rate_milli), "held",
                     (int)end->holds, "failed", (int)end->fails, "folder",
                     find_rate_folder(search, end->rate_milli));
}

static json_t *make_answer(const struct find_rate *search)
{
    const struct search_answer answer = search_answer(&search->search);
    char sentence[FIND_RATE_SENTENCE_MAX];
    find_rate_answer(search, sentence);
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:o, s:b, s:o}", "known",
                     search_known_name(answer.known), "rate_per_s", rate(answer.low.rate_milli),
                     "low", make_end(search, &answer.low), "high", make_end(search, &answer.high),
                     "ended_by", search_end_name(answer.end), "generator_limit_per_s",
                     rate(answer.spoilt_milli), "lacks_connections",
                     (int)find_rate_lacks_connections(search), "sentence", jsonfile_text(sentence));
}

static json_t *make_document(const struct find_rate *search)
{
    static const char *const states[] = {"running", "complete", "interrupted", "failed"};
    char utc[21];
    json_t *o = json_object();
    clock_format_utc(search->started, utc);
    json_object_set_new(o, "schema", json_integer(SCHEMA_FIND_RATE_VERSION));
    json_object_set_new(o, "tool", json_string("tare"));
    json_object_set_new(o, "version", json_string(TARE_VERSION));
    json_object_set_new(o, "state", json_string(states[search->state]));
    json_object_set_new(o, "started_utc", json_string(utc));
    json_object_set_new(o, "command", jsonfile_command(search->config));
    json_object_set_new(o, "goals", make_goals(search->config));
    json_object_set_new(o, "search", make_settings(search));
    json_object_set_new(o, "steps", make_steps(search));
    json_object_set_new(o, "answer", make_answer(search));
    json_object_set_new(o, "folder", jsonfile_text(search->folder.path));
    return o;
}

int find_rate_write(const struct find_rate *search)
{
    jsonfile_begin();
    json_t *document = make_document(search);
    const int error = jsonfile_write(document, search->folder.fd, SCHEMA_FILE_FIND_RATE);
    json_decref(document);
    return error;
}

int find_rate_print_json(const struct find_rate *search, FILE *out)
{
    json_t *document = make_document(search);
    const bool is_printed = json_dumpf(document, out, JSON_INDENT(2)) == 0 &&
                            fputc('\n', out) != EOF && fflush(out) == 0;
    json_decref(document);
    return is_printed ? 0 : -EIO;
}
