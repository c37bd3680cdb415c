/* plan.c - the top of a plan: what it is made of, its variants and targets. Scenarios are
 * plan_case.c's. */
#include "plan.h"

#include "limits.h"
#include "units.h"
#include "url.h"

#include <string.h>

static const char *const plan_keys[] = {"url",    "variants", "headers", "options",
                                        "targets", "scenarios", "repeat", "slo",
                                        "max_regression", NULL};
static const char *const target_keys[] = {"url", "method", "weight", "tags", "slo", NULL};

static bool no_memory(const struct plan *plan, char *error)
{
    return plan_bad(&plan->tree, plan->tree.root, error, "out of memory\n      make the plan smaller");
}

/* ---- Variants ---- */

static bool check_server(const struct plan *plan, const struct plan_node *node, char *error)
{
    struct url url;
    char cause[URL_ERROR_MAX];
    if (!plan_check_kind(&plan->tree, node, PLAN_TEXT, "the URL", error))
        return false;
    if (!url_parse(node->text, &url, cause))
        return node->has_variable
                   ? plan_bad(&plan->tree, node, error,
                              "with its variables '%.100s' is no URL\n      check their values",
                              node->source)
                   : plan_bad(&plan->tree, node, error, "%s", cause);
    if (strcmp(url.target, "/") != 0)
        return plan_bad(&plan->tree, node, error,
                        "'%.100s' has a path\n      write the server alone here, and paths in the targets",
                        node->source);
    return true;
}

static bool read_variants(struct plan *plan, char *error)
{
    const struct plan_node *root = plan->tree.root;
    const struct plan_node *url = plan_node_find(root, "url");
    const struct plan_node *variants = plan_node_find(root, "variants");
    if ((url != NULL) == (variants != NULL))
        return plan_bad(&plan->tree, url ? url : root, error,
                        "the plan has %s url and variants\n      write 'url: http://HOST:PORT', or "
                        "variants to compare: {before: URL, after: URL}",
                        url ? "both" : "neither");
    if (variants && !plan_check_kind(&plan->tree, variants, PLAN_MAP, "variants", error))
        return false;
    const uint32_t count = variants ? variants->count : 1;
    if (count == 0 || count > PLAN_VARIANTS_MAX)
        return plan_bad(&plan->tree, variants, error,
                        "there are %u variants\n      write 1 to %u, as {before: URL, after: URL}", count,
                        PLAN_VARIANTS_MAX);
    plan->variants = arena_take(&plan->tree.arena, count * sizeof *plan->variants);
    if (!plan->variants)
        return no_memory(plan, error);
    for (const struct plan_node *node = variants ? variants->first : url;
         node && plan->variants_count < count; node = node->next) {
        if ((variants && !plan_check_name(&plan->tree, node, error)) ||
            !check_server(plan, node, error))
            return false;
        plan->variants[plan->variants_count++] =
            (struct plan_variant){variants ? node->key : "server", node};
    }
    return true;
}

/* ---- Targets ---- */

static bool check_gates(const struct plan *plan, const struct plan_node *gates, bool is_regression,
                        char *error)
{
    char cause[PLAN_ERROR_MAX];
    const struct plan_node *gate = NULL;
    while (gates && (gate = plan_next_text(gates, gate))) {
        if (!plan_check_kind(&plan->tree, gate, PLAN_TEXT, "a gate", error))
            return false;
        if (!plan_gate_check(gate->text, is_regression, cause))
            return gate->has_variable
                       ? plan_bad(&plan->tree, gate, error,
                                  "with its variables '%.64s' is no gate\n      check their values",
                                  gate->source)
                       : plan_bad(&plan->tree, gate, error, "%s", cause);
    }
    return true;
}

static bool check_weight(const struct plan *plan, const struct plan_node *weight, char *error)
{
    uint64_t count;
    if (!weight)
        return true;
    if (!plan_check_kind(&plan->tree, weight, PLAN_TEXT, "the weight", error))
        return false;
    if (!units_parse_count(weight->text, &count) || count == 0 || count > LIMIT_TARGETS_MAX)
        return plan_bad(&plan->tree, weight, error,
                        "the weight '%.48s' is no number from 1 to %u\n      leave the target out of the "
                        "scenario where it is not wanted",
                        weight->source, LIMIT_TARGETS_MAX);
    return true;
}

static bool check_tags(const struct plan *plan, const struct plan_node *tags, char *error)
{
    const struct plan_node *tag = NULL;
    while (tags && (tag = plan_next_text(tags, tag)))
        if (!plan_check_kind(&plan->tree, tag, PLAN_TEXT, "a tag", error))
            return false;
    return true;
}

static bool check_target(const struct plan *plan, const struct plan_node *target, char *error)
{
    if (!plan_check_name(&plan->tree, target, error) ||
        !plan_check_keys(&plan->tree, target, "a target", target_keys, error))
        return false;
    const struct plan_node *url = plan_node_find(target, "url");
    const struct plan_node *method = plan_node_find(target, "method");
    if (!url)
        return plan_bad_key(&plan->tree, target, error,
                            "the target '%.48s' has no url\n      write {url: /path}", target->key);
    if (!plan_check_kind(&plan->tree, url, PLAN_TEXT, "the url", error))
        return false;
    if (url->text[0] != '/' || strpbrk(url->text, " \t\n"))
        return plan_bad(&plan->tree, url, error,
                        "'%.64s' is no path\n      write it as /items?page=2, without the server and "
                        "without blanks (%%20)",
                        url->source);
    if (method && !plan_check_kind(&plan->tree, method, PLAN_TEXT, "the method", error))
        return false;
    if (method && (!*method->text || strlen(method->text) >= LIMIT_METHOD_MAX_BYTES ||
                   strspn(method->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") < strlen(method->text)))
        return plan_bad(&plan->tree, method, error,
                        "'%.48s' is no method\n      write a word such as GET or POST", method->source);
    return check_weight(plan, plan_node_find(target, "weight"), error) &&
           check_tags(plan, plan_node_find(target, "tags"), error) &&
           check_gates(plan, plan_node_find(target, "slo"), false, error);
}

static bool check_targets(const struct plan *plan, char *error)
{
    const struct plan_node *targets = plan_node_find(plan->tree.root, "targets");
    if (!targets)
        return plan_bad(&plan->tree, plan->tree.root, error,
                        "the plan has no targets\n      write targets: {home: {url: /}}");
    if (!plan_check_kind(&plan->tree, targets, PLAN_MAP, "targets", error))
        return false;
    if (targets->count == 0 || targets->count > LIMIT_TARGETS_MAX)
        return plan_bad(&plan->tree, targets, error, "there are %u targets\n      write 1 to %u",
                        targets->count, LIMIT_TARGETS_MAX);
    for (const struct plan_node *target = targets->first; target; target = target->next)
        if (!check_target(plan, target, error))
            return false;
    return true;
}

static bool check_headers(const struct plan *plan, char *error)
{
    const struct plan_node *headers = plan_node_find(plan->tree.root, "headers");
    if (headers && !plan_check_kind(&plan->tree, headers, PLAN_MAP, "headers", error))
        return false;
    for (const struct plan_node *one = headers ? headers->first : NULL; one; one = one->next)
        if (!plan_check_kind(&plan->tree, one, PLAN_TEXT, "a header", error))
            return false;
    return true;
}

/* ---- The rest ---- */

static bool read_repeat(struct plan *plan, char *error)
{
    const struct plan_node *repeat = plan_node_find(plan->tree.root, "repeat");
    uint64_t count = 1;
    if (repeat && !plan_check_kind(&plan->tree, repeat, PLAN_TEXT, "repeat", error))
        return false;
    if (repeat && (!units_parse_count(repeat->text, &count) || count == 0 || count > PLAN_REPEAT_MAX))
        return plan_bad(&plan->tree, repeat, error,
                        "repeat: '%.48s' is no number from 1 to %u\n      write how often each scenario "
                        "runs",
                        repeat->source, PLAN_REPEAT_MAX);
    plan->repeat = (uint32_t)count;
    return true;
}

static bool check_regression(const struct plan *plan, char *error)
{
    const struct plan_node *gates = plan_node_find(plan->tree.root, "max_regression");
    if (gates && plan->variants_count < 2)
        return plan_bad_key(&plan->tree, gates, error,
                            "max_regression compares variants, and there is one server\n      write "
                            "variants: {before: URL, after: URL}, or leave it out");
    return check_gates(plan, gates, true, error);
}

static bool read_scenarios(struct plan *plan, char *error)
{
    const struct plan_node *scenarios = plan_node_find(plan->tree.root, "scenarios");
    if (!scenarios)
        return plan_bad(&plan->tree, plan->tree.root, error,
                        "the plan has no scenarios\n      write scenarios: {light: {connections: 10, "
                        "duration: 30s}}");
    if (!plan_check_kind(&plan->tree, scenarios, PLAN_MAP, "scenarios", error))
        return false;
    if (scenarios->count == 0)
        return plan_bad(&plan->tree, scenarios, error,
                        "there is no scenario\n      write {light: {connections: 10, duration: 30s}}");
    plan->cases = arena_take(&plan->tree.arena, PLAN_CASES_MAX * sizeof *plan->cases);
    if (!plan->cases)
        return no_memory(plan, error);
    for (const struct plan_node *one = scenarios->first; one; one = one->next)
        if (!plan_check_name(&plan->tree, one, error) ||
            !plan_check_kind(&plan->tree, one, PLAN_MAP, "a scenario", error) ||
            !check_gates(plan, plan_node_find(one, "slo"), false, error) ||
            !plan_case_make(plan, one, error))
            return false;
    return true;
}

bool plan_read(struct plan *plan, struct plan_tree *tree, const char *const *overrides, size_t count,
               char error[PLAN_ERROR_MAX])
{
    *plan = (struct plan){.tree = *tree, .overrides = overrides, .overrides_count = count};
    *tree = (struct plan_tree){.name = tree->name};
    const struct plan_node *root = plan->tree.root;
    const struct plan_node *options = plan_node_find(root, "options");
    return plan_check_keys(&plan->tree, root, "a plan", plan_keys, error) &&
           read_variants(plan, error) && check_targets(plan, error) && check_headers(plan, error) &&
           check_gates(plan, plan_node_find(root, "slo"), false, error) &&
           check_regression(plan, error) && read_repeat(plan, error) &&
           (!options || (plan_check_kind(&plan->tree, options, PLAN_MAP, "options", error) &&
                         plan_case_check_options(plan, options, error))) &&
           read_scenarios(plan, error);
}

void plan_free(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->cases_count; i++)
        for (uint32_t k = 0; plan->cases[i].loads && k < plan->variants_count; k++)
            options_free(&plan->cases[i].loads[k]);
    plan_tree_free(&plan->tree);
    plan->cases_count = 0;
}

bool plan_case_is_asked(const struct plan_case *one, const char *const *only, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(only[i], one->name) == 0 || strcmp(only[i], one->scenario->key) == 0)
            return true;
    return count == 0;
}

/* ---- What would run ---- */

static void print_options(const struct plan_node *options, const struct plan_case *one, FILE *out)
{
    const struct plan_node *value = NULL;
    for (const struct plan_node *key = options ? options->first : NULL; key; key = key->next) {
        if (plan_case_is_own_key(key->key))
            continue;
        if (key == one->swept)
            fprintf(out, "  %s: %s", key->key, one->value->source);
        else
            while ((value = plan_next_text(key, value)))
                fprintf(out, "  %s: %s", key->key, value->source);
    }
}

/* A line for each text, as the plan has it. */
static void print_texts(const struct plan_node *texts, const char *before, FILE *out)
{
    const struct plan_node *text = NULL;
    while (texts && (text = plan_next_text(texts, text)))
        fprintf(out, "%s%s\n", before, text->source);
}

static void print_target(const struct plan_node *target, FILE *out)
{
    const struct plan_node *method = plan_node_find(target, "method");
    const struct plan_node *weight = plan_node_find(target, "weight");
    fprintf(out, "    %s  %s%s%s%s%s\n", target->key, method ? method->source : "",
            method ? " " : "", plan_node_find(target, "url")->source, weight ? "  weight " : "",
            weight ? weight->source : "");
    print_texts(plan_node_find(target, "slo"), "      slo ", out);
}

static void print_case(const struct plan *plan, const struct plan_case *one, FILE *out)
{
    fprintf(out, "%s", one->name);
    print_options(plan_node_find(plan->tree.root, "options"), one, out);
    print_options(one->scenario, one, out);
    fputc('\n', out);
    for (uint32_t k = 0; k < one->targets_count; k++)
        print_target(one->targets[k], out);
    print_texts(plan_node_find(one->scenario, "slo"), "    slo ", out);
    print_texts(plan_node_find(plan->tree.root, "slo"), "    slo ", out);
    print_texts(plan_node_find(plan->tree.root, "max_regression"), "    max_regression ", out);
}

void plan_print(const struct plan *plan, const char *const *only, size_t count, bool is_list, FILE *out)
{
    uint32_t cases = 0;
    for (uint32_t i = 0; i < plan->cases_count; i++) {
        const struct plan_case *one = &plan->cases[i];
        if (!plan_case_is_asked(one, only, count))
            continue;
        cases++;
        if (is_list)
            fprintf(out, "%s\n", one->name);
        else
            print_case(plan, one, out);
    }
    if (is_list)
        return;
    for (size_t i = 0; i < plan->overrides_count; i++) /* the name alone: the value may be a secret */
        fprintf(out, "but for %.*s, as the command line says\n",
                (int)strcspn(plan->overrides[i], "="), plan->overrides[i]);
    for (uint32_t i = 0; i < plan->variants_count; i++)
        fprintf(out, "on %s  %s\n", plan->variants[i].name, plan->variants[i].url->source);
    fprintf(out, "%u runs: %u of scenarios, on %u of servers, %u times\n",
            cases * plan->variants_count * plan->repeat, cases, plan->variants_count, plan->repeat);
}

bool plan_check_only(const struct plan *plan, const char *const *only, size_t count,
                     char error[PLAN_ERROR_MAX])
{
    for (size_t i = 0; i < count; i++) {
        bool is_known = false;
        for (uint32_t k = 0; k < plan->cases_count; k++)
            is_known = is_known || plan_case_is_asked(&plan->cases[k], &only[i], 1);
        if (!is_known) {
            snprintf(error, PLAN_ERROR_MAX, "--only %.64s names no scenario of %.200s\n      see its names with "
                                            "--list", only[i], plan->tree.name);
            return false;
        }
    }
    return true;
}
