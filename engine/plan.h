/* plan.h - a suite of runs out of one YAML file: targets, scenarios and variants become the options of
 * runs, which options.h reads and checks as it does on a command line.
 *
 *   url: http://127.0.0.1:8080          or variants: {name: URL, ...}, which are compared
 *   headers: {Name: value}              of every request; `${NAME}` as plan_node.h says
 *   options: {timeout: 5s}              of every run: long options of tare by their names
 *   targets:
 *     health: {url: /health, method: GET, weight: 3, tags: [hot], slo: p95<50ms}
 *   scenarios:
 *     light: {targets: [health, hot], connections: 10, duration: 60s, slo: [rate>=50]}
 *   repeat: 3
 *   slo: errors<=0.1%                   of every scenario; as tare-report's --slo
 *   max_regression: p95<=2x             of each variant against the first
 *
 * A scenario has the options of its runs, and all targets unless it names some by name or tag. One
 * option of a scenario may be a list: a scenario for each value, named with it ("load-5"). */
#ifndef TARE_PLAN_H
#define TARE_PLAN_H

#include "options.h"
#include "plan_node.h"

#define PLAN_CASES_MAX 256u  /* scenarios, each value of a list counted */
#define PLAN_GATES_MAX 64u   /* of a scenario, as tare-report takes them */
#define PLAN_REPEAT_MAX 1000u
#define PLAN_VARIANTS_MAX 64u

/* A scenario, or one value of it. */
struct plan_case {
    const char *name;
    const struct plan_node *scenario;
    const struct plan_node *swept; /* the option that is a list; NULL: none */
    const struct plan_node *value; /* of that list */
    const struct plan_node **targets; /* those of the plan that it has */
    uint32_t targets_count;
    const char **gates;      /* tare-report's arguments, "--slo=p95<50ms" and the like */
    uint32_t gates_count;
    struct options *loads; /* one a variant: what the runs do, without their folder */
};

struct plan_variant {
    const char *name;
    const struct plan_node *url;
};

struct plan {
    struct plan_tree tree;
    struct plan_variant *variants;
    uint32_t variants_count;
    struct plan_case *cases;
    uint32_t cases_count;
    uint32_t repeat;
    const char *const *overrides; /* borrowed */
    size_t overrides_count;
};

/* Reads a plan. tree: as plan_tree_read() made it; the plan owns it from now on. overrides: options of the
 * command line that go before the plan's, as "--name=value", at most count; borrowed for the plan's
 * lifetime. Returns true; or false, cause and remedy with their place in `error`; in any case
 * plan_free() is due. */
bool plan_read(struct plan *plan, struct plan_tree *tree, const char *const *overrides, size_t count,
               char error[PLAN_ERROR_MAX]);
void plan_free(struct plan *plan);

/* Is the case asked for? only: names of scenarios or of cases; none: all are. */
bool plan_case_is_asked(const struct plan_case *one, const char *const *only, size_t count);

/* Does each of these names name a scenario or a case? */
bool plan_check_only(const struct plan *plan, const char *const *only, size_t count,
                     char error[PLAN_ERROR_MAX]);

/* Says what would run: each case with its options, targets and gates as the plan has them, so that no variable's
 * value is shown, and how many runs. is_list: their names alone. */
void plan_print(const struct plan *plan, const char *const *only, size_t count, bool is_list, FILE *out);

/* ---- plan_case.c ---- */

/* Makes the cases of a scenario, behind plan->cases_count. */
bool plan_case_make(struct plan *plan, const struct plan_node *scenario, char error[PLAN_ERROR_MAX]);

/* Reads the options under a node one by one, so that what is wrong is told at its place. */
bool plan_case_check_options(const struct plan *plan, const struct plan_node *options,
                             char error[PLAN_ERROR_MAX]);

/* Is this a key of a scenario that is no option? */
bool plan_case_is_own_key(const char *key);

/* ---- plan_gate.c ---- */

/* Is the text a gate in tare-report's words? is_regression: of --max-regression. `error` gets cause and
 * remedy. */
bool plan_gate_check(const char *text, bool is_regression, char error[PLAN_ERROR_MAX]);

/* ---- plan_words.c ---- */

/* Checks that a map has no key but those of `words`, which ends with NULL; proposes the nearest. what:
 * "a target". */
bool plan_check_keys(const struct plan_tree *tree, const struct plan_node *map, const char *what,
                     const char *const *words, char error[PLAN_ERROR_MAX]);

/* The word nearest to `text`, where it is near enough to be meant; else NULL. */
const char *plan_nearest(const char *text, const char *const *words);

/* Checks the kind of a node. what: "targets", as the message calls it. */
bool plan_check_kind(const struct plan_tree *tree, const struct plan_node *node, enum plan_kind kind,
                     const char *what, char error[PLAN_ERROR_MAX]);

/* The text of a node, or the items of a list of texts, in turn: `*at` is NULL at first, and NULL behind
 * the last. Of a map, or with a list in it, the node itself, whose kind is then not PLAN_TEXT. */
const struct plan_node *plan_next_text(const struct plan_node *node, const struct plan_node *at);

/* Checks a name that becomes a folder: letters, digits, '-', '_' and '.'. */
bool plan_check_name(const struct plan_tree *tree, const struct plan_node *node,
                     char error[PLAN_ERROR_MAX]);

#endif
