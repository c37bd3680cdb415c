/* plan_fuzz.c - any bytes as a plan file: a tree within its limits, or one message in plain text; and each of
 * its texts as a stage and as a text with values, which renders into the room there is. */
#include "limits.h"
#include "plan_node.h"
#include "stages.h"
#include "template.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static const char *variable(const char *name)
{
    return name[0] == 'A' ? "a: [{\n\r\xff" : NULL;
}

static bool find(void *context, const char *name, uint32_t *slot)
{
    (void)context;
    *slot = 0;
    return name[0] == 'i';
}

/* A message says where, and is one that a terminal can show. */
static void check_message(const char *error, size_t max)
{
    check(memchr(error, '\0', max) != NULL && strchr(error, '\n') != NULL);
    for (; *error; error++)
        check((*error >= 0x20 && *error <= 0x7e) || *error == '\n');
}

static void check_stages(const char *text)
{
    struct stages stages = {0};
    char error[STAGES_ERROR_MAX];
    if (!stages_add(&stages, STAGES_OF_USERS, text, error)) {
        check(stages.count == 0);
        return;
    }
    int64_t at = 0;
    for (int i = 0; i < 20 && at != STAGES_TIME_NEVER; i++) {
        const int64_t next = stages_users_change_ns(&stages, at);
        check(next > at);
        if (next != STAGES_TIME_NEVER)
            check(stages_users_at(&stages, next) != stages_users_at(&stages, at));
        at = next;
    }
}

static void check_template(const char *text)
{
    struct arena arena = {0};
    struct template template;
    char error[TEMPLATE_ERROR_MAX];
    if (template_compile(&template, &arena, text, strlen(text), TEMPLATE_IN_LINE, find, NULL, error)) {
        const struct template_text value = {(const uint8_t *)"a\r\n\"", 4};
        uint64_t random = 1;
        const struct template_values values = {&value, 1, 2, 3, &random};
        size_t size = 0;
        for (size_t room = 0; room < 200; room += 50) {
            uint8_t *out = malloc(room + 1); /* of its very size: the sanitizer sees a byte behind it */
            if (template_render(&template, &values, out, room, &size) == TEMPLATE_OK)
                check(size <= room);
            free(out);
        }
    }
    arena_free(&arena);
}

static uint32_t check_node(const struct plan_node *node, unsigned depth)
{
    uint32_t count = 1, children = 0;
    check(depth <= LIMIT_PLAN_DEPTH && node->line > 0 && node->column > 0);
    if (node->kind == PLAN_TEXT) {
        check(node->text && node->source && node->count == 0 && !node->first);
        check_stages(node->text);
        check_template(node->text);
    }
    for (const struct plan_node *child = node->first; child; child = child->next, children++) {
        check((child->key != NULL) == (node->kind == PLAN_MAP));
        count += check_node(child, depth + 1);
    }
    check(children == node->count);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan_tree tree;
    char error[PLAN_ERROR_MAX];
    if (plan_tree_read(&tree, "p", (const char *)data, size, variable, error)) {
        check(check_node(tree.root, 1) <= LIMIT_PLAN_NODES);
        plan_tree_free(&tree);
    } else {
        check(strncmp(error, "p:", 2) == 0);
        check_message(error, sizeof error);
    }
    return 0;
}
