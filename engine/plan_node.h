/* plan_node.h - a plan file as a tree of maps, lists and texts that knows where each stands.
 *
 * YAML 1.1 as libyaml reads it, less what a plan has no use for: tags, merge keys, keys that are no
 * text, a key twice in a map, several documents. Anchors and aliases are welcome: an alias becomes a copy.
 * `${NAME}` in a text stands for the environment's variable, `${NAME:-text}` for `text` where that is
 * unset or empty, `$${` for `${`. They are put in after the file is read, so that a value cannot
 * become YAML; keys have none. Messages show what the file says, never a variable's value. */
#ifndef TARE_PLAN_NODE_H
#define TARE_PLAN_NODE_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_ERROR_MAX 1024

enum plan_kind { PLAN_TEXT, PLAN_LIST, PLAN_MAP };

struct plan_node {
    enum plan_kind kind;
    uint32_t line, column; /* where it begins, from 1; of an alias: of what it stands for */
    const char *key;       /* its name in a map; NULL in a list, and of the root */
    uint32_t key_line, key_column;
    const char *text;   /* PLAN_TEXT: with its variables' values */
    const char *source; /* PLAN_TEXT: as the file has it: the one to show */
    bool has_variable;  /* text may hold a secret */
    bool is_null;       /* nothing, or ~, or null, without quotes */
    uint32_t count;     /* of children */
    struct plan_node *first, *next; /* its first child; the one behind it in its parent */
};

/* Where a variable's value comes from: getenv(3), or a test's own. NULL: it has none. */
typedef const char *plan_variable(const char *name);

struct plan_tree {
    const char *name;       /* the file's, as messages have it; borrowed */
    struct plan_node *root; /* a map */
    struct arena arena;     /* owns all nodes and texts */
};

/* Reads `size` bytes. Returns true, and a tree for plan_tree_free(); or false, nothing to free, and in
 * `error` "plan.yaml:12:5: cause\n      remedy". Limits: LIMIT_PLAN_BYTES, LIMIT_PLAN_DEPTH,
 * LIMIT_PLAN_NODES and LIMIT_PLAN_TEXT_BYTES with aliases copied and variables put in. */
bool plan_tree_read(struct plan_tree *tree, const char *name, const char *bytes, size_t size,
                    plan_variable *variable, char error[PLAN_ERROR_MAX]);
void plan_tree_free(struct plan_tree *tree);

/* The child with this key; NULL: there is none, or the node is no map. */
struct plan_node *plan_node_find(const struct plan_node *node, const char *key);

/* "a map", "a list" or "a text". Static storage. */
const char *plan_kind_name(enum plan_kind kind);

/* Writes "name:line:column: " and the sentence, and returns false, so that a check can end with it.
 * format: cause, then "\n      " and a remedy. */
bool plan_bad(const struct plan_tree *tree, const struct plan_node *node, char error[PLAN_ERROR_MAX],
              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same, at the node's key. */
bool plan_bad_key(const struct plan_tree *tree, const struct plan_node *node,
                  char error[PLAN_ERROR_MAX], const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
