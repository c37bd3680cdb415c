/* plan_case.c - scenarios become the options of runs, which are read as a command line's are. */
#include "plan.h"

#include "check.h"
#include "limits.h"
#include "option_table.h"
#include "targets.h"

#include <stdarg.h>
#include <string.h>

#define KEYS_MAX 128u

static const char *const own_keys[] = {"targets", "slo", NULL};
/* These options speak of the program, or the plan says the same in words of its own. */
static const char *const outside[] = {"output",  "json",    "quiet", "strict", "weigh",
                                      "urls",    "header",  "plan",  "dry-run", "list",
                                      "only",    "repeat",  "find-rate", NULL};
/* These may be given several times: a list is not a list of scenarios. */
static const char *const repeatable[] = {"expect", "form", "connect-to", "resolve", NULL};

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(word, *words) != 0)
        words++;
    return *words != NULL;
}

bool plan_case_is_own_key(const char *key)
{
    return is_one_of(key, own_keys);
}

static const struct option_row *find_row(const char *name)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return is_one_of(name, outside) ? NULL : &rows[i];
    return NULL;
}

static bool bad_key(const struct plan *plan, const struct plan_node *key, char *error)
{
    const char *words[KEYS_MAX + 3];
    size_t count, at = 0;
    const struct option_row *rows = option_table(&count);
    CHECK(count, <, KEYS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!is_one_of(rows[i].name, outside))
            words[at++] = rows[i].name;
    words[at++] = own_keys[0];
    words[at++] = own_keys[1];
    words[at] = NULL;
    const char *meant = plan_nearest(key->key, words);
    return plan_bad_key(&plan->tree, key, error,
                        "unknown key '%.48s'%s%s%s\n      a scenario has targets, slo, and long options "
                        "of tare such as connections, rate, duration, requests, warmup, timeout",
                        key->key, meant ? "; did you mean '" : "", meant ? meant : "",
                        meant ? "'?" : "");
}

/* ---- Command lines ---- */

/* A command line in the making; its words are the arena's, since secrets in it are overwritten. */
struct line {
    struct arena *arena;
    char **words;
    int count, room;
    bool has_failed; /* no memory */
};

static struct line line_begin(struct arena *arena, size_t room)
{
    struct line line = {.arena = arena, .room = (int)room};
    line.words = arena_take(arena, (room + 1) * sizeof *line.words);
    line.has_failed = !line.words;
    return line;
}

__attribute__((format(printf, 2, 3))) static void add_word(struct line *line, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int size = vsnprintf(NULL, 0, format, arguments);
    char *word = size < 0 || line->has_failed ? NULL : arena_take(line->arena, (size_t)size + 1);
    if (word && line->count < line->room) {
        vsnprintf(word, (size_t)size + 1, format, again);
        line->words[line->count++] = word;
    } else {
        line->has_failed = true;
    }
    va_end(again);
    va_end(arguments);
}

/* Adds an option; a flag is true or false. */
static void add_option(struct line *line, const char *name, const char *value)
{
    if (find_row(name)->value)
        add_word(line, "--%s=%s", name, value);
    else if (strcmp(value, "true") == 0)
        add_word(line, "--%s", name);
}

/* Says at a node what options_parse() found wrong, without a variable's value. */
static bool bad_option(const struct plan *plan, const struct plan_node *node, const char *cause,
                       char *error)
{
    return node->has_variable
               ? plan_bad(&plan->tree, node, error,
                          "with its variables '%.64s' does not fit here\n      check their values",
                          node->source)
               : plan_bad(&plan->tree, node, error, "%s", cause);
}

/* Reads one option alone; what it needs beside itself is given. */
static bool check_value(const struct plan *plan, const struct plan_node *key,
                        const struct plan_node *value, char *error)
{
    struct arena arena = {0};
    struct options options;
    char cause[OPTIONS_ERROR_MAX];
    const bool is_flag = !find_row(key->key)->value;
    if (!plan_check_kind(&plan->tree, value, PLAN_TEXT, key->key, error))
        return false;
    if (is_flag && strcmp(value->text, "true") != 0 && strcmp(value->text, "false") != 0)
        return plan_bad(&plan->tree, value, error, "%s is '%.48s'\n      write true or false", key->key,
                        value->source);
    if (strcmp(key->key, "key") == 0)
        return true; /* belongs to a certificate: checked with all others */
    struct line line = line_begin(&arena, 8);
    add_word(&line, "tare");
    if (strcmp(key->key, "arrivals") == 0)
        add_word(&line, "--rate=1");
    if (strcmp(key->key, "threads") == 0)
        add_word(&line, "--connections=%u", LIMIT_THREADS_MAX);
    add_option(&line, key->key, value->text);
    add_word(&line, "http://127.0.0.1/");
    bool is_good = !line.has_failed;
    snprintf(cause, sizeof cause, "out of memory\n      make the plan smaller");
    if (is_good) {
        is_good = options_parse(&options, line.count, line.words, cause) == OPTIONS_RUN;
        options_free(&options);
    }
    arena_free(&arena);
    return is_good ? true : bad_option(plan, value, cause, error);
}

bool plan_case_check_options(const struct plan *plan, const struct plan_node *options,
                             char error[PLAN_ERROR_MAX])
{
    const bool is_scenario = options != plan_node_find(plan->tree.root, "options");
    for (const struct plan_node *key = options->first; key; key = key->next) {
        const struct plan_node *value = NULL;
        if (is_scenario && plan_case_is_own_key(key->key))
            continue;
        if (!find_row(key->key))
            return bad_key(plan, key, error);
        if (key->kind == PLAN_LIST && key->count == 0)
            return plan_bad(&plan->tree, key, error, "%s is an empty list\n      leave it out", key->key);
        if (!is_scenario && key->kind == PLAN_LIST && !is_one_of(key->key, repeatable))
            return plan_bad(&plan->tree, key, error,
                            "%s is a list\n      only a scenario has several values of an option",
                            key->key);
        while ((value = plan_next_text(key, value)))
            if (!check_value(plan, key, value, error))
                return false;
    }
    return true;
}

/* ---- What a scenario loads ---- */

/* Does the target bear this name or tag? */
static bool is_called(const struct plan_node *target, const char *word)
{
    const struct plan_node *tags = plan_node_find(target, "tags");
    const struct plan_node *tag = NULL;
    while (tags && (tag = plan_next_text(tags, tag)))
        if (strcmp(tag->text, word) == 0)
            return true;
    return strcmp(target->key, word) == 0;
}

static bool is_wanted(const struct plan_node *target, const struct plan_node *words)
{
    const struct plan_node *word = NULL;
    while (words && (word = plan_next_text(words, word)))
        if (is_called(target, word->text))
            return true;
    return words == NULL;
}

/* Each word of a scenario's targets has to be the name or the tag of one. */
static bool check_words(const struct plan *plan, const struct plan_node *words, char *error)
{
    const struct plan_node *all = plan_node_find(plan->tree.root, "targets");
    const struct plan_node *word = NULL;
    while ((word = plan_next_text(words, word))) {
        const struct plan_node *target = all->first;
        if (!plan_check_kind(&plan->tree, word, PLAN_TEXT, "a target's name", error))
            return false;
        while (target && !is_called(target, word->text))
            target = target->next;
        if (!target)
            return plan_bad(&plan->tree, word, error,
                            "no target has the name or the tag '%.48s'\n      name one of those under "
                            "targets (line %u), or a tag of theirs",
                            word->source, all->key_line);
    }
    return words->kind != PLAN_LIST || words->count > 0
               ? true
               : plan_bad(&plan->tree, words, error,
                          "the scenario has no target\n      name some, or leave out the key to have all");
}

static bool choose_targets(struct plan *plan, struct plan_case *one, char *error)
{
    const struct plan_node *all = plan_node_find(plan->tree.root, "targets");
    const struct plan_node *words = plan_node_find(one->scenario, "targets");
    if (words && !check_words(plan, words, error))
        return false;
    one->targets = arena_take(&plan->tree.arena, all->count * sizeof(struct plan_node *));
    for (const struct plan_node *target = all->first; target && one->targets; target = target->next)
        if (is_wanted(target, words))
            one->targets[one->targets_count++] = target;
    return one->targets ? true
                        : plan_bad_key(&plan->tree, one->scenario, error,
                                       "out of memory\n      make the plan smaller");
}

static void add_options(struct line *line, const struct plan_node *options,
                        const struct plan_case *one)
{
    for (const struct plan_node *key = options ? options->first : NULL; key; key = key->next) {
        const struct plan_node *value = NULL;
        if (options == one->scenario && plan_case_is_own_key(key->key))
            continue;
        if (key == one->swept)
            add_option(line, key->key, one->value->text);
        else
            while ((value = plan_next_text(key, value)))
                add_option(line, key->key, value->text);
    }
}

static void add_targets(struct line *line, const struct plan_case *one,
                        const struct plan_variant *variant)
{
    size_t server = strlen(variant->url->text);
    while (server > 0 && variant->url->text[server - 1] == '/')
        server--;
    for (uint32_t i = 0; i < one->targets_count; i++) {
        const struct plan_node *method = plan_node_find(one->targets[i], "method");
        const struct plan_node *weight = plan_node_find(one->targets[i], "weight");
        add_word(line, "%s%s%s%s%.*s%s", weight ? weight->text : "", weight ? " " : "",
                 method ? method->text : "", method ? " " : "", (int)server, variant->url->text,
                 plan_node_find(one->targets[i], "url")->text);
    }
}

/* Says what is wrong with a whole case. What is wrong with a header is not quoted where a variable stands in
 * one: it may be a secret. */
static bool bad_case(const struct plan *plan, const struct plan_case *one, const char *cause,
                     char *error)
{
    const struct plan_node *headers = plan_node_find(plan->tree.root, "headers");
    for (const struct plan_node *h = headers ? headers->first : NULL; h; h = h->next)
        if (h->has_variable && strstr(cause, "header"))
            cause = "a header does not fit with its variables\n      check their values, and the names of "
                    "the headers";
    return plan_bad_key(&plan->tree, one->scenario, error, "in %.64s: %.800s", one->name, cause);
}

/* How many words a node can come to. */
static size_t count_words(const struct plan_node *node)
{
    size_t count = 1;
    for (const struct plan_node *child = node ? node->first : NULL; child; child = child->next)
        count += count_words(child);
    return count;
}

/* Reads the options of a case's run on one variant into *load. */
static bool read_load(struct plan *plan, const struct plan_case *one,
                      const struct plan_variant *variant, struct options *load, char *error)
{
    const struct plan_node *root = plan->tree.root;
    const struct plan_node *headers = plan_node_find(root, "headers");
    const struct plan_node *common = plan_node_find(root, "options");
    char cause[OPTIONS_ERROR_MAX] = "out of memory\n      make the plan smaller";
    struct line line = line_begin(&plan->tree.arena, 2 + count_words(headers) + count_words(common) +
                                                         count_words(one->scenario) +
                                                         plan->overrides_count + one->targets_count);
    add_word(&line, "tare");
    for (const struct plan_node *h = headers ? headers->first : NULL; h; h = h->next)
        add_word(&line, "--header=%s: %s", h->key, h->text);
    add_options(&line, common, one);
    add_options(&line, one->scenario, one);
    for (size_t i = 0; i < plan->overrides_count; i++)
        add_word(&line, "%s", plan->overrides[i]);
    add_word(&line, "--");
    add_targets(&line, one, variant);
    if (!line.has_failed && options_parse(load, line.count, line.words, cause) == OPTIONS_RUN)
        return true;
    return bad_case(plan, one, cause, error);
}

/* ---- Gates ---- */

static void add_gates(struct line *line, const char *option, const char *target,
                      const struct plan_node *gates)
{
    const struct plan_node *gate = NULL;
    while (gates && (gate = plan_next_text(gates, gate)))
        add_word(line, "--%s=%s%s%s", option, target, *target ? ":" : "", gate->text);
}

/* What tare-report is asked, targets by the names that run.json gives them; renders the requests for
 * that, and finds what is wrong with them. */
static bool make_gates(struct plan *plan, struct plan_case *one, char *error)
{
    const struct plan_node *root = plan->tree.root;
    char cause[TARGETS_ERROR_MAX];
    struct targets targets;
    struct line line = line_begin(&plan->tree.arena, PLAN_GATES_MAX);
    const int result = targets_render(&targets, &one->loads[0].config, cause);
    if (result == 0) {
        add_gates(&line, "slo", "", plan_node_find(root, "slo"));
        add_gates(&line, "slo", "", plan_node_find(one->scenario, "slo"));
        add_gates(&line, "max-regression", "", plan_node_find(root, "max_regression"));
    }
    for (uint32_t i = 0; i < one->targets_count && result == 0; i++) {
        char name[LIMIT_URL_MAX_BYTES + LIMIT_METHOD_MAX_BYTES];
        snprintf(name, sizeof name, "%s %s", targets.all[i].method, targets.all[i].url.target);
        add_gates(&line, "slo", name, plan_node_find(one->targets[i], "slo"));
    }
    targets_free(&targets);
    one->gates = (const char **)line.words;
    one->gates_count = (uint32_t)line.count;
    if (result != 0)
        return bad_case(plan, one, cause, error);
    return line.has_failed ? plan_bad_key(&plan->tree, one->scenario, error,
                                          "%.64s has more than %u gates\n      leave some out", one->name,
                                          PLAN_GATES_MAX)
                           : true;
}

/* ---- Cases ---- */

/* The option of a scenario that is a list of values; a second is refused. */
static bool find_swept(const struct plan *plan, const struct plan_node *scenario,
                       const struct plan_node **swept, char *error)
{
    *swept = NULL;
    for (const struct plan_node *key = scenario->first; key; key = key->next) {
        if (key->kind != PLAN_LIST || plan_case_is_own_key(key->key) ||
            is_one_of(key->key, repeatable))
            continue;
        if (*swept)
            return plan_bad(&plan->tree, key, error,
                            "a second option of this scenario is a list, beside %.48s\n      write a "
                            "scenario for each value of one of them",
                            (*swept)->key);
        *swept = key;
    }
    return true;
}

static bool name_case(struct plan *plan, struct plan_case *one, char *error)
{
    char name[2 * LIMIT_PLAN_NAME_BYTES];
    one->name = one->scenario->key;
    if (one->swept) {
        snprintf(name, sizeof name, "%s-%.60s", one->scenario->key, one->value->text);
        one->name = arena_copy(&plan->tree.arena, name, strlen(name));
        if (!one->name || strchr(name, '/'))
            return plan_bad(&plan->tree, one->value, error,
                            "'%.48s' names no folder\n      write a scenario of its own",
                            one->value->source);
    }
    for (uint32_t i = 0; i + 1 < plan->cases_count; i++)
        if (strcmp(plan->cases[i].name, one->name) == 0)
            return plan_bad_key(&plan->tree, one->scenario, error,
                                "two scenarios are called %.64s\n      give one another name", one->name);
    return true;
}

static bool make_case(struct plan *plan, struct plan_case *one, char *error)
{
    if (!name_case(plan, one, error) || !choose_targets(plan, one, error))
        return false;
    one->loads = arena_take(&plan->tree.arena, plan->variants_count * sizeof *one->loads);
    if (!one->loads)
        return plan_bad_key(&plan->tree, one->scenario, error,
                            "out of memory\n      make the plan smaller");
    for (uint32_t k = 0; k < plan->variants_count; k++)
        if (!read_load(plan, one, &plan->variants[k], &one->loads[k], error))
            return false;
    return make_gates(plan, one, error);
}

bool plan_case_make(struct plan *plan, const struct plan_node *scenario, char error[PLAN_ERROR_MAX])
{
    const struct plan_node *swept, *value = NULL;
    if (!plan_case_check_options(plan, scenario, error) ||
        !find_swept(plan, scenario, &swept, error))
        return false;
    do {
        if (swept)
            value = plan_next_text(swept, value);
        if (plan->cases_count == PLAN_CASES_MAX)
            return plan_bad_key(&plan->tree, scenario, error,
                                "more than %u scenarios, each value of a list counted\n      leave some "
                                "out",
                                PLAN_CASES_MAX);
        struct plan_case *one = &plan->cases[plan->cases_count++];
        *one = (struct plan_case){.scenario = scenario, .swept = swept, .value = value};
        if (!make_case(plan, one, error))
            return false;
    } while (swept && value->next);
    return true;
}
