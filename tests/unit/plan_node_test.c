/* plan_node_test.c - plan files as trees: places, variables, aliases, limits, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "limits.h"
#include "plan_node.h"

/* The environment of these tests. */
static const char *variable(const char *name)
{
    return strcmp(name, "KEY") == 0     ? "s3cret: [x"
           : strcmp(name, "EMPTY") == 0 ? ""
                                        : NULL;
}

static bool reads(struct plan_tree *tree, const char *text, char error[PLAN_ERROR_MAX])
{
    error[0] = '\0';
    return plan_tree_read(tree, "plan.yaml", text, strlen(text), variable, error);
}

static void refused(const char *text, const char *message)
{
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    assert_false(reads(&tree, text, error));
    assert_string_equal(error, message);
    assert_null(tree.root);
}

static void each_node_knows_its_place(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    assert_true(reads(&tree,
                      "# a comment\nurl: http://h/\ntargets:\n  one: {url: /x, tags: [a, b]}\n",
                      error));
    const struct plan_node *one = plan_node_find(plan_node_find(tree.root, "targets"), "one");
    const struct plan_node *tags = plan_node_find(one, "tags");
    assert_int_equal(one->key_line, 4);
    assert_int_equal(one->key_column, 3);
    assert_int_equal(one->column, 8);
    assert_int_equal(tags->kind, PLAN_LIST);
    assert_int_equal(tags->count, 2);
    assert_string_equal(tags->first->next->text, "b");
    assert_int_equal(tags->first->next->column, 28);
    assert_null(plan_node_find(one, "method"));
    assert_null(plan_node_find(tags, "a"));
    assert_string_equal(tree.root->first->text, "http://h/");
    plan_tree_free(&tree);
    assert_null(tree.root);
}

static void nothing_is_told_from_an_empty_text(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    assert_true(reads(&tree, "a:\nb: ~\nc: null\nd: ''\ne: 'null'\n", error));
    const struct plan_node *node = tree.root->first;
    for (int i = 0; i < 5; i++, node = node->next)
        assert_int_equal(node->is_null, i < 3);
    plan_tree_free(&tree);
}

/* A value is text, whatever it holds; what is shown is the name. */
static void variables_are_put_in_after_reading(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    assert_true(reads(&tree,
                      "a: Bearer ${KEY}!\nb: ${NONE:-8080}\nc: ${EMPTY:-x}\nd: ${EMPTY}\n"
                      "e: $${KEY} $5\nf: ${NONE:-}\n",
                      error));
    static const char *const texts[] = {"Bearer s3cret: [x!", "8080", "x", "", "${KEY} $5", ""};
    const struct plan_node *node = tree.root->first;
    for (int i = 0; i < 6; i++, node = node->next) {
        assert_string_equal(node->text, texts[i]);
        assert_int_equal(node->has_variable, i != 4);
    }
    assert_string_equal(tree.root->first->source, "Bearer ${KEY}!");
    plan_tree_free(&tree);
    refused("a: 1\nb: [x, 'http://${HOST}/']\n",
            "plan.yaml:2:8: the environment has no variable HOST\n      set it (export HOST=...), or "
            "give what else to take: ${HOST:-...}");
    refused("a: ${9-}\n", "plan.yaml:1:4: '${9-}' is no variable\n      write ${NAME} or "
                          "${NAME:-text}; $${ where ${ itself is meant");
    refused("a: '${X'\n", "plan.yaml:1:4: '${X' is no variable\n      write ${NAME} or "
                          "${NAME:-text}; $${ where ${ itself is meant");
    refused("a: '${}'\n", "plan.yaml:1:4: '${}' is no variable\n      write ${NAME} or "
                          "${NAME:-text}; $${ where ${ itself is meant");
}

static void aliases_are_copies(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    assert_true(reads(&tree, "a: &x {k: v}\nb: *x\n", error));
    const struct plan_node *a = plan_node_find(tree.root, "a");
    const struct plan_node *b = plan_node_find(tree.root, "b");
    assert_ptr_not_equal(a->first, b->first);
    assert_string_equal(b->first->text, "v");
    assert_int_equal(b->line, 1);
    plan_tree_free(&tree);
}

static void aliases_cannot_blow_up(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    char text[2048] = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; i++) {
        char line[128];
        snprintf(line, sizeof line, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
        strcat(text, line);
    }
    assert_false(reads(&tree, text, error));
    assert_non_null(strstr(error, "more than 20000 values"));
    assert_false(reads(&tree, "a: &a [*a]\n", error));
    assert_non_null(strstr(error, "deeper than 32"));
}

/* A long text that is named often. */
static void texts_have_room_for_so_much(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    const size_t size = 500000;
    char *text = malloc(size + 200);
    strcpy(text, "a: &a ");
    memset(text + 6, 'x', size);
    strcpy(text + 6 + size, "\nb: [*a, *a, *a, *a, *a, *a, *a]\n");
    assert_true(reads(&tree, text, error));
    plan_tree_free(&tree);
    strcpy(text + 6 + size, "\nb: [*a, *a, *a, *a, *a, *a, *a, *a]\n");
    assert_false(reads(&tree, text, error));
    assert_non_null(strstr(error, "more than 4194304 bytes of texts"));
    free(text);
}

static void a_variable_has_no_more_room(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    char *text = malloc(LIMIT_PLAN_BYTES + 1);
    size_t at = (size_t)sprintf(text, "a: &a '");
    while (at < LIMIT_PLAN_BYTES / 2)
        at += (size_t)sprintf(text + at, "${KEY}");
    sprintf(text + at, "'\nb: [*a, *a, *a]");
    assert_false(reads(&tree, text, error));
    assert_non_null(strstr(error, "plan.yaml:1:4: with this text the plan has more"));
    free(text);
}

static void a_file_has_its_size(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    char *text = calloc(1, LIMIT_PLAN_BYTES + 1);
    assert_false(plan_tree_read(&tree, "p", text, LIMIT_PLAN_BYTES + 1, variable, error));
    assert_non_null(strstr(error, "p:1:1: the plan has more than 1048576 bytes"));
    free(text);
}

static void what_is_no_plan_is_told_with_its_place(void **state)
{
    (void)state;
    refused("", "plan.yaml:1:1: the plan is empty\n      it needs a url, targets and scenarios");
    refused("- a\n", "plan.yaml:1:1: a plan is a map, and this is a list\n      begin with lines such as "
                     "'url: http://127.0.0.1:8080'");
    refused("url: x\nurl: y\n",
            "plan.yaml:2:1: 'url' stands here a second time, first in line 1\n      leave one out");
    refused("{a: 1}: b\n", "plan.yaml:1:1: a key is no text\n      a map has lines 'name: value'");
    refused("a: !!python/x 1\n", "plan.yaml:1:4: the tag tag:yaml.org,2002:python/x means nothing in a "
                                 "plan\n      leave it out");
    refused("a: 1\n---\nb: 2\n",
            "plan.yaml:2:1: a second document begins here\n      a plan is one; leave out the '---'");
    refused("a: \"x\\0y\"\n", "plan.yaml:1:4: a text holds a zero byte\n      remove it");
    refused("a:\n\t- b\n", "plan.yaml:2:1: no YAML: found character that cannot start any token while "
                           "scanning for the next token\n      check the indentation (blanks, no tabs), "
                           "colons and quotes here and in the line before");
    refused("a: *b\n", "plan.yaml:1:4: no YAML: found undefined alias\n      check the indentation "
                       "(blanks, no tabs), colons and quotes here and in the line before");
    refused("a: \xff\n", "plan.yaml:1:1: no text in UTF-8 (invalid leading UTF-8 octet, byte 3)\n      "
                         "save the file as plain UTF-8");
}

/* What stands behind the first document counts, also where it is broken. */
static void a_broken_second_document_is_told(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    assert_false(reads(&tree, "a: 1\n---\n[", error));
    assert_non_null(strstr(error, "no YAML"));
}

static void messages_are_plain_text(void **state)
{
    (void)state;
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    assert_false(reads(&tree, "a: '${\xc3\xa4\x1b}'\n", error) || strstr(error, "\xc3"));
    assert_false(reads(&tree, "a: '${\xc3\xa4}'\n", error));
    assert_string_equal(error, "plan.yaml:1:4: '${?\?}' is no variable\n      write ${NAME} or "
                               "${NAME:-text}; $${ where ${ itself is meant");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_node_knows_its_place),
        cmocka_unit_test(nothing_is_told_from_an_empty_text),
        cmocka_unit_test(variables_are_put_in_after_reading),
        cmocka_unit_test(aliases_are_copies),
        cmocka_unit_test(aliases_cannot_blow_up),
        cmocka_unit_test(texts_have_room_for_so_much),
        cmocka_unit_test(a_variable_has_no_more_room),
        cmocka_unit_test(a_file_has_its_size),
        cmocka_unit_test(what_is_no_plan_is_told_with_its_place),
        cmocka_unit_test(a_broken_second_document_is_told),
        cmocka_unit_test(messages_are_plain_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
