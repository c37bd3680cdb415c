/* option_request.c - header lines as they come, one body, and forms. */
#include "option_request.h"

#include "limits.h"
#include "option_secrets.h"
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORM_HEADER "Content-Type: application/x-www-form-urlencoded"
#define MULTIPART_HEADER "Content-Type: multipart/form-data; boundary="

/* A field of a form. */
struct form_field {
    const char *name; /* borrowed, name_bytes long */
    size_t name_bytes;
    const char *value; /* borrowed; where it is a file's, its path */
    char *file;        /* owned; NULL: the value is one */
    size_t bytes;
};

bool option_add_header(struct options *o, const char *line, char *error)
{
    struct config *c = &o->config;
    if (c->headers_count == LIMIT_HEADERS_MAX)
        return option_bad(error, "more than %u header lines\n      leave some out",
                          LIMIT_HEADERS_MAX);
    if (!o->headers)
        o->headers = calloc(LIMIT_HEADERS_MAX, sizeof *o->headers);
    if (!o->headers)
        return option_bad(error, OPTION_NO_MEMORY);
    o->headers[c->headers_count++] = line;
    c->headers = o->headers;
    return true;
}

bool option_read_header(struct options *o, const char *line, char *error)
{
    const char *sent = option_hide_header(o, line, error);
    return sent && option_add_header(o, sent, error);
}

bool option_read_body(struct options *o, const char *value, char *error)
{
    struct config *c = &o->config;
    free(o->body);
    o->body = NULL;
    c->body = value;
    c->body_bytes = strlen(value);
    if (value[0] != '@')
        return true;
    if (!option_read_file("--body", value + 1, &o->body, &c->body_bytes, error))
        return false;
    c->body = o->body;
    return true;
}

bool option_read_body_lines(struct options *o, const char *value, char *error)
{
    free(o->body_lines);
    o->body_lines = NULL;
    if (!option_read_file("--body-lines", value, &o->body_lines, &o->config.body_lines_bytes, error))
        return false;
    o->config.body_lines = o->body_lines;
    return true;
}

/* ---- forms ---- */

bool option_read_form(struct options *o, const char *value, char *error)
{
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return option_bad(error, "--form %s has no name\n      write it as NAME=VALUE, or NAME=@FILE",
                          value);
    struct form_field *grown = realloc(o->form, (o->form_count + 1) * sizeof *grown);
    if (!grown)
        return option_bad(error, OPTION_NO_MEMORY);
    o->form = grown;
    struct form_field *field = &grown[o->form_count++];
    *field = (struct form_field){.name = value,
                                 .name_bytes = (size_t)(equals - value),
                                 .value = equals + 1,
                                 .bytes = strlen(equals + 1)};
    if (equals[1] != '@')
        return true;
    field->value++;
    return option_read_file("--form", field->value, &field->file, &field->bytes, error);
}

/* As the URL Standard has it (application/x-www-form-urlencoded serializing). */
static void put_encoded(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const unsigned char byte = (unsigned char)text[i];
        const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                              (byte >= 'a' && byte <= 'z') || (byte != '\0' && strchr("*-._", byte));
        if (byte == ' ')
            fputc('+', out);
        else
            fprintf(out, is_plain ? "%c" : "%%%02X", byte);
    }
}

static void put_urlencoded(FILE *out, const struct options *o)
{
    for (size_t i = 0; i < o->form_count; i++) {
        fputs(i > 0 ? "&" : "", out);
        put_encoded(out, o->form[i].name, o->form[i].name_bytes);
        fputc('=', out);
        put_encoded(out, o->form[i].value, o->form[i].bytes);
    }
}

/* Between quotes, which end a name as line ends do (HTML Standard, multipart/form-data encoding). */
static void put_quoted(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        fprintf(out, text[i] == '"' || text[i] == '\r' || text[i] == '\n' ? "%%%02X" : "%c", text[i]);
}

static void put_multipart(FILE *out, const struct options *o, const char *boundary)
{
    for (size_t i = 0; i < o->form_count; i++) {
        const struct form_field *field = &o->form[i];
        fprintf(out, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
        put_quoted(out, field->name, field->name_bytes);
        if (field->file) {
            fputs("\"; filename=\"", out);
            put_quoted(out, basename(field->value), strlen(basename(field->value)));
            fputs("\"\r\nContent-Type: application/octet-stream", out);
        } else {
            fputc('"', out);
        }
        fputs("\r\n\r\n", out);
        fwrite(field->file ? field->file : field->value, 1, field->bytes, out);
        fputs("\r\n", out);
    }
    fprintf(out, "--%s--\r\n", boundary);
}

/* The same form has the same bytes each time; no part may hold the boundary. */
static void choose_boundary(const struct options *o, char *boundary, size_t size)
{
    bool is_taken = true;
    for (uint64_t n = 0; is_taken; n++) {
        snprintf(boundary, size, "tare-%016llx", (unsigned long long)random_mix(n + 1));
        is_taken = false;
        for (size_t i = 0; i < o->form_count; i++)
            is_taken |= memmem(o->form[i].file ? o->form[i].file : o->form[i].value, o->form[i].bytes,
                               boundary, strlen(boundary)) != NULL;
    }
}

static bool has_header(const struct config *c, const char *name)
{
    const size_t size = strlen(name);
    for (size_t i = 0; i < c->headers_count; i++)
        if (strncasecmp(c->headers[i], name, size) == 0 && c->headers[i][size] == ':')
            return true;
    return false;
}

static bool make_form(struct options *o, char *error)
{
    bool has_file = false;
    char boundary[32];
    struct config *c = &o->config;
    if (c->body || c->body_lines)
        return option_bad(error, "--form and %s exclude each other\n      leave one out",
                          c->body ? "--body" : "--body-lines");
    for (size_t i = 0; i < o->form_count; i++)
        has_file |= o->form[i].file != NULL;
    if (has_file && has_header(c, "Content-Type"))
        return option_bad(error, "a form with a file has a Content-Type of its own, with its boundary\n"
                                 "      leave -H 'Content-Type: ...' out");
    choose_boundary(o, boundary, sizeof boundary);
    FILE *out = open_memstream(&o->body, &c->body_bytes);
    if (!out)
        return option_bad(error, OPTION_NO_MEMORY);
    if (has_file)
        put_multipart(out, o, boundary);
    else
        put_urlencoded(out, o);
    if (fclose(out) != 0)
        return option_bad(error, OPTION_NO_MEMORY);
    c->body = o->body;
    snprintf(o->form_type, sizeof o->form_type, "%s%s", has_file ? MULTIPART_HEADER : FORM_HEADER,
             has_file ? boundary : "");
    return has_header(c, "Content-Type") || option_add_header(o, o->form_type, error);
}

bool option_finish_request(struct options *o, char *error)
{
    if (o->config.compressed && !has_header(&o->config, "Accept-Encoding") &&
        !option_add_header(o, "Accept-Encoding: gzip, deflate, br", error))
        return false;
    return o->form_count == 0 || make_form(o, error);
}

void option_free_request(struct options *o)
{
    for (size_t i = 0; i < o->form_count; i++)
        free(o->form[i].file);
    free(o->form);
    free(o->body);
    free(o->body_lines);
    free(o->headers);
}
