/* plan_node.c - libyaml's document becomes our tree: aliases copied within limits, variables put in. */
#include "plan_node.h"

#include "limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define SHOWN_MAX 48 /* of a text in a message */

/* What the conversion carries along. */
struct reading {
    struct plan_tree *tree;
    yaml_document_t *document;
    plan_variable *variable;
    uint32_t nodes;
    size_t text_bytes; /* of all texts so far */
    char *error;
};

static void say_at(const char *name, uint32_t line, uint32_t column, char *error, const char *format,
                   va_list arguments)
{
    int at = snprintf(error, PLAN_ERROR_MAX, "%.200s:%u:%u: ", name, line, column);
    at = at < 0 ? 0 : at;
    vsnprintf(error + at, PLAN_ERROR_MAX - (size_t)at, format, arguments);
    for (char *c = error; *c; c++) /* a message is plain text, whatever the file holds */
        if ((*c < 0x20 && *c != '\n') || *c > 0x7e)
            *c = '?';
}

__attribute__((format(printf, 5, 6))) static bool bad_at(const char *name, uint32_t line,
                                                         uint32_t column, char *error,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_at(name, line, column, error, format, arguments);
    va_end(arguments);
    return false;
}

bool plan_bad(const struct plan_tree *tree, const struct plan_node *node, char error[PLAN_ERROR_MAX],
              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_at(tree->name, node->line, node->column, error, format, arguments);
    va_end(arguments);
    return false;
}

bool plan_bad_key(const struct plan_tree *tree, const struct plan_node *node,
                  char error[PLAN_ERROR_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_at(tree->name, node->key_line, node->key_column, error, format, arguments);
    va_end(arguments);
    return false;
}

const char *plan_kind_name(enum plan_kind kind)
{
    switch (kind) {
    case PLAN_TEXT: return "a text";
    case PLAN_LIST: return "a list";
    case PLAN_MAP: return "a map";
    }
    return "";
}

struct plan_node *plan_node_find(const struct plan_node *node, const char *key)
{
    if (node->kind != PLAN_MAP)
        return NULL;
    for (struct plan_node *child = node->first; child; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

/* ---- Variables ---- */

/* A variable in a text: where its name and what stands in for it begin, and what follows. */
struct reference {
    const char *name;
    size_t name_size;
    const char *otherwise; /* NULL: none */
    size_t otherwise_size;
    const char *behind;
};

/* Reads "${NAME}" or "${NAME:-text}" at `at`. */
static bool read_reference(const char *at, struct reference *found)
{
    *found = (struct reference){.name = at + 2};
    found->name_size = strspn(found->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                           "_0123456789");
    const char *end = found->name + found->name_size;
    if (found->name_size == 0 || found->name_size >= LIMIT_PLAN_NAME_BYTES)
        return false;
    if (end[0] == ':' && end[1] == '-') {
        found->otherwise = end + 2;
        found->otherwise_size = strcspn(found->otherwise, "}");
        end = found->otherwise + found->otherwise_size;
    }
    found->behind = end + 1;
    return *end == '}';
}

/* The value of a variable into *value and *size; false with a message. */
static bool look_up(const struct reading *r, const struct plan_node *node,
                    const struct reference *reference, const char **value, size_t *size)
{
    char name[LIMIT_PLAN_NAME_BYTES];
    memcpy(name, reference->name, reference->name_size);
    name[reference->name_size] = '\0';
    *value = r->variable(name);
    if (reference->otherwise && (!*value || !**value)) {
        *value = reference->otherwise;
        *size = reference->otherwise_size;
        return true;
    }
    if (!*value)
        return plan_bad(r->tree, node, r->error,
                        "the environment has no variable %s\n      set it (export %s=...), or give "
                        "what else to take: ${%s:-...}",
                        name, name, name);
    *size = strlen(*value);
    return true;
}

static bool too_long(const struct reading *r, const struct plan_node *node)
{
    return plan_bad(r->tree, node, r->error,
                    "with this text the plan has more than %u bytes of texts, variables put in\n      "
                    "take a file for what is long",
                    LIMIT_PLAN_TEXT_BYTES);
}

/* Writes the node's text with its variables at `out`, or only counts where that is NULL. */
static bool put_variables(const struct reading *r, struct plan_node *node, char *out, size_t *size)
{
    *size = 0;
    for (const char *at = node->source; *at;) {
        struct reference reference;
        const char *piece = at;
        size_t piece_size = 1;
        if (at[0] == '$' && at[1] == '$' && at[2] == '{') {
            piece = "${";
            piece_size = 2;
            at += 3;
        } else if (at[0] == '$' && at[1] == '{') {
            if (!read_reference(at, &reference))
                return plan_bad(r->tree, node, r->error,
                                "'%.*s' is no variable\n      write ${NAME} or ${NAME:-text}; $${ "
                                "where ${ itself is meant",
                                SHOWN_MAX, at);
            node->has_variable = true;
            if (!look_up(r, node, &reference, &piece, &piece_size))
                return false;
            at = reference.behind;
        } else {
            at++;
        }
        if (piece_size > LIMIT_PLAN_TEXT_BYTES - *size)
            return too_long(r, node);
        if (out)
            memcpy(out + *size, piece, piece_size);
        *size += piece_size;
    }
    return true;
}

static bool no_memory(const struct reading *r)
{
    return bad_at(r->tree->name, 1, 1, r->error, "out of memory\n      make the plan smaller");
}

/* Counts a text's bytes before they are copied: an alias of a long one makes many of it. */
static bool has_room(struct reading *r, const struct plan_node *node, size_t size)
{
    if (size >= LIMIT_PLAN_TEXT_BYTES - r->text_bytes)
        return too_long(r, node);
    r->text_bytes += size + 1;
    return true;
}

static bool expand(struct reading *r, struct plan_node *node)
{
    size_t size;
    node->text = node->source;
    if (!strstr(node->source, "${"))
        return true;
    if (!put_variables(r, node, NULL, &size) || !has_room(r, node, size))
        return false;
    char *text = arena_take(&r->tree->arena, size + 1);
    if (!text)
        return no_memory(r);
    node->text = text;
    return put_variables(r, node, text, &size);
}

/* ---- The document ---- */

static bool convert(struct reading *r, yaml_node_t *yaml, unsigned depth, struct plan_node *node);

static bool is_nothing(const yaml_node_t *yaml)
{
    const char *text = (const char *)yaml->data.scalar.value;
    return yaml->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static bool convert_text(struct reading *r, const yaml_node_t *yaml, struct plan_node *node)
{
    const char *value = (const char *)yaml->data.scalar.value;
    const size_t size = yaml->data.scalar.length;
    if (memchr(value, '\0', size))
        return plan_bad(r->tree, node, r->error, "a text holds a zero byte\n      remove it");
    if (!has_room(r, node, size))
        return false;
    node->is_null = is_nothing(yaml);
    node->source = arena_copy(&r->tree->arena, value, size);
    return node->source ? expand(r, node) : no_memory(r);
}

/* A new child of `parent` behind *last. */
static struct plan_node *add_child(struct reading *r, struct plan_node *parent,
                                   struct plan_node **last)
{
    struct plan_node *child = arena_take(&r->tree->arena, sizeof *child);
    if (!child) {
        no_memory(r);
        return NULL;
    }
    if (*last)
        (*last)->next = child;
    else
        parent->first = child;
    *last = child;
    parent->count++;
    return child;
}

static bool convert_list(struct reading *r, const yaml_node_t *yaml, unsigned depth,
                         struct plan_node *node)
{
    struct plan_node *last = NULL;
    for (yaml_node_item_t *item = yaml->data.sequence.items.start;
         item < yaml->data.sequence.items.top; item++) {
        struct plan_node *child = add_child(r, node, &last);
        if (!child || !convert(r, yaml_document_get_node(r->document, *item), depth + 1, child))
            return false;
    }
    return true;
}

static bool convert_key(struct reading *r, const yaml_node_t *yaml, const struct plan_node *map,
                        struct plan_node *child)
{
    child->key_line = (uint32_t)yaml->start_mark.line + 1;
    child->key_column = (uint32_t)yaml->start_mark.column + 1;
    child->key = "";
    if (yaml->type != YAML_SCALAR_NODE)
        return plan_bad_key(r->tree, child, r->error,
                            "a key is no text\n      a map has lines 'name: value'");
    const char *name = (const char *)yaml->data.scalar.value;
    const char *key = arena_copy(&r->tree->arena, name, yaml->data.scalar.length);
    if (!key)
        return no_memory(r);
    for (const struct plan_node *other = map->first; other && other != child; other = other->next)
        if (strcmp(other->key, key) == 0)
            return plan_bad_key(r->tree, child, r->error,
                                "'%.*s' stands here a second time, first in line %u\n      leave one "
                                "out",
                                SHOWN_MAX, key, other->key_line);
    child->key = key;
    return true;
}

static bool convert_map(struct reading *r, const yaml_node_t *yaml, unsigned depth,
                        struct plan_node *node)
{
    struct plan_node *last = NULL;
    for (yaml_node_pair_t *pair = yaml->data.mapping.pairs.start; pair < yaml->data.mapping.pairs.top;
         pair++) {
        struct plan_node *child = add_child(r, node, &last);
        if (!child ||
            !convert_key(r, yaml_document_get_node(r->document, pair->key), node, child) ||
            !convert(r, yaml_document_get_node(r->document, pair->value), depth + 1, child))
            return false;
    }
    return true;
}

/* Is the tag one that libyaml gives where none is written? */
static bool is_plain_tag(const yaml_node_t *yaml)
{
    const char *tag = (const char *)yaml->tag;
    return !tag || strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, YAML_SEQ_TAG) == 0 ||
           strcmp(tag, YAML_MAP_TAG) == 0;
}

static bool convert(struct reading *r, yaml_node_t *yaml, unsigned depth, struct plan_node *node)
{
    node->line = (uint32_t)yaml->start_mark.line + 1;
    node->column = (uint32_t)yaml->start_mark.column + 1;
    if (depth > LIMIT_PLAN_DEPTH)
        return plan_bad(r->tree, node, r->error,
                        "maps and lists lie deeper than %u in each other\n      an alias inside of "
                        "what it stands for does that; a plan needs no such depth",
                        LIMIT_PLAN_DEPTH);
    if (++r->nodes > LIMIT_PLAN_NODES)
        return plan_bad(r->tree, node, r->error,
                        "the plan has more than %u values, aliases counted as what they stand for\n"
                        "      put data into a CSV file and name it under feeders",
                        LIMIT_PLAN_NODES);
    if (!is_plain_tag(yaml))
        return plan_bad(r->tree, node, r->error,
                        "the tag %.*s means nothing in a plan\n      leave it out", SHOWN_MAX,
                        (const char *)yaml->tag);
    switch (yaml->type) {
    case YAML_SCALAR_NODE: node->kind = PLAN_TEXT; return convert_text(r, yaml, node);
    case YAML_SEQUENCE_NODE: node->kind = PLAN_LIST; return convert_list(r, yaml, depth, node);
    case YAML_MAPPING_NODE: node->kind = PLAN_MAP; return convert_map(r, yaml, depth, node);
    case YAML_NO_NODE: break;
    }
    return plan_bad(r->tree, node, r->error, "nothing stands here\n      write a value");
}

/* ---- The file ---- */

/* What libyaml found wrong. Its places count from 0, and a reader's error has an offset alone. */
static bool explain_yaml(const yaml_parser_t *parser, const char *name, char *error)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return bad_at(name, 1, 1, error, "out of memory\n      make the plan smaller");
    if (parser->error == YAML_READER_ERROR)
        return bad_at(name, (uint32_t)parser->mark.line + 1, (uint32_t)parser->mark.column + 1, error,
                      "no text in UTF-8 (%s, byte %zu)\n      save the file as plain UTF-8",
                      parser->problem, parser->problem_offset);
    return bad_at(name, (uint32_t)parser->problem_mark.line + 1,
                  (uint32_t)parser->problem_mark.column + 1, error,
                  "no YAML: %s%s%s\n      check the indentation (blanks, no tabs), colons and quotes "
                  "here and in the line before",
                  parser->problem ? parser->problem : "unreadable", parser->context ? " " : "",
                  parser->context ? parser->context : "");
}

static bool convert_document(struct reading *r, yaml_parser_t *parser)
{
    struct plan_node *root = arena_take(&r->tree->arena, sizeof *root);
    yaml_node_t *yaml = yaml_document_get_root_node(r->document);
    yaml_document_t second;
    if (!root)
        return no_memory(r);
    if (!yaml)
        return bad_at(r->tree->name, 1, 1, r->error,
                      "the plan is empty\n      it needs a url, targets and scenarios");
    if (!convert(r, yaml, 1, root))
        return false;
    if (root->kind != PLAN_MAP)
        return plan_bad(r->tree, root, r->error,
                        "a plan is a map, and this is %s\n      begin with lines such as 'url: "
                        "http://127.0.0.1:8080'",
                        plan_kind_name(root->kind));
    if (!yaml_parser_load(parser, &second))
        return explain_yaml(parser, r->tree->name, r->error);
    const bool has_second = yaml_document_get_root_node(&second) != NULL;
    const uint32_t line = (uint32_t)second.start_mark.line + 1;
    yaml_document_delete(&second);
    if (has_second)
        return bad_at(r->tree->name, line, 1, r->error,
                      "a second document begins here\n      a plan is one; leave out the '---'");
    r->tree->root = root;
    return true;
}

bool plan_tree_read(struct plan_tree *tree, const char *name, const char *bytes, size_t size,
                    plan_variable *variable, char error[PLAN_ERROR_MAX])
{
    yaml_parser_t parser;
    yaml_document_t document;
    bool is_read = false;
    *tree = (struct plan_tree){.name = name};
    if (size > LIMIT_PLAN_BYTES)
        return bad_at(name, 1, 1, error,
                      "the plan has more than %u bytes\n      put data into a CSV file and name it "
                      "under feeders",
                      LIMIT_PLAN_BYTES);
    if (!yaml_parser_initialize(&parser))
        return bad_at(name, 1, 1, error, "out of memory\n      make the plan smaller");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    if (!yaml_parser_load(&parser, &document)) {
        explain_yaml(&parser, name, error);
    } else {
        struct reading reading = {tree, &document, variable, 0, 0, error};
        is_read = convert_document(&reading, &parser);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    if (!is_read)
        plan_tree_free(tree);
    return is_read;
}

void plan_tree_free(struct plan_tree *tree)
{
    arena_free(&tree->arena);
    tree->root = NULL;
}
