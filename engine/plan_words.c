/* plan_words.c - checks that every part of a plan needs: keys, kinds, names; and the word that was
 * meant. */
#include "plan.h"

#include "limits.h"

#include <string.h>

#define WORD_MAX 40u

/* How many letters to put in, leave out, change or swap with their neighbour (Damerau, CACM 7, 1964). */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    const size_t a_size = strlen(a), b_size = strlen(b);
    if (a_size > WORD_MAX || b_size > WORD_MAX)
        return WORD_MAX;
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= b_size; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_size; j++) {
            const unsigned change = last[j - 1] + (a[i - 1] != b[j - 1]);
            unsigned best = last[j] + 1 < row[j - 1] + 1 ? last[j] + 1 : row[j - 1] + 1;
            best = change < best ? change : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        unsigned *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_size];
}

const char *plan_nearest(const char *text, const char *const *words)
{
    const char *nearest = NULL;
    unsigned least = strlen(text) < 5 ? 2 : 3;
    for (; *words; words++) {
        const unsigned away = distance(text, *words);
        if (away < least) {
            least = away;
            nearest = *words;
        }
    }
    return nearest;
}

static void list_words(const char *const *words, char *text, size_t room)
{
    size_t at = 0;
    for (text[0] = '\0'; *words && at + strlen(*words) + 3 < room; words++)
        at += (size_t)snprintf(text + at, room - at, "%s%s", at > 0 ? ", " : "", *words);
}

bool plan_check_keys(const struct plan_tree *tree, const struct plan_node *map, const char *what,
                     const char *const *words, char error[PLAN_ERROR_MAX])
{
    char known[512];
    if (!plan_check_kind(tree, map, PLAN_MAP, what, error))
        return false;
    for (const struct plan_node *key = map->first; key; key = key->next) {
        const char *const *word = words;
        while (*word && strcmp(*word, key->key) != 0)
            word++;
        if (*word)
            continue;
        const char *meant = plan_nearest(key->key, words);
        list_words(words, known, sizeof known);
        return plan_bad_key(tree, key, error, "unknown key '%.48s'%s%s%s\n      %s has %s", key->key,
                            meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "",
                            what, known);
    }
    return true;
}

bool plan_check_kind(const struct plan_tree *tree, const struct plan_node *node, enum plan_kind kind,
                     const char *what, char error[PLAN_ERROR_MAX])
{
    const char *const how = kind == PLAN_MAP    ? "write lines 'name: value' below it, further in"
                            : kind == PLAN_LIST ? "write [one, two]"
                                                : "write a word or a number";
    if (node->kind == kind && !(kind == PLAN_TEXT && node->is_null))
        return true;
    return plan_bad(tree, node, error, "%s is %s, and has to be %s\n      %s", what,
                    node->kind == PLAN_TEXT && node->is_null ? "empty" : plan_kind_name(node->kind),
                    plan_kind_name(kind), how);
}

const struct plan_node *plan_next_text(const struct plan_node *node, const struct plan_node *at)
{
    if (node->kind == PLAN_LIST)
        return at ? at->next : node->first;
    return at ? NULL : node;
}

bool plan_check_name(const struct plan_tree *tree, const struct plan_node *node,
                     char error[PLAN_ERROR_MAX])
{
    const char *name = node->key;
    const size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-_.");
    if (name[size] != '\0' || size == 0 || name[0] == '.' || name[0] == '-')
        return plan_bad_key(tree, node, error,
                            "'%.48s' is no name\n      use letters, digits, '-', '_' and '.', a letter "
                            "first",
                            name);
    if (size >= LIMIT_PLAN_NAME_BYTES)
        return plan_bad_key(tree, node, error,
                            "the name '%.48s...' has more than %u letters\n      shorten it", name,
                            LIMIT_PLAN_NAME_BYTES - 1);
    return true;
}
