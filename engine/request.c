/* request.c - a head is built once in a buffer of its own, then copied before each body with the
 * Content-Length that this body needs. */
#include "request.h"

#include "limits.h"
#include "scan.h"
#include "schema.h"
#include "units.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define QUOTE_MAX 48 /* of a person's text in a message */
#define LENGTH_LINE "Content-Length: "
#define CLOSE_LINE "Connection: close\r\n"
#define LENGTH_MAX 20 /* digits of a size */

/* Which of our fields the user's lines replace, and what they demand. */
struct overrides {
    bool has_host;
    bool has_user_agent;
    bool has_coding;
    bool has_connection, has_close; /* a Connection, and close in it */
    const char *length; /* the value of a Content-Length, borrowed; NULL: none */
};

/* Writes the sentence and returns -EINVAL. */
__attribute__((format(printf, 2, 3))) static int refuse(char error[REQUEST_ERROR_MAX],
                                                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, REQUEST_ERROR_MAX, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static int refuse_memory(char error[REQUEST_ERROR_MAX], size_t size)
{
    refuse(error, "no memory for %zu bytes of rendered requests: send fewer or shorter bodies",
           size);
    return -ENOMEM;
}

static int check_method(const char *method, char error[REQUEST_ERROR_MAX])
{
    const size_t size = strlen(method);
    if (size == 0 || scan_token((const uint8_t *)method, size) < size)
        return refuse(error, "the method \"%.*s\" is not a word such as GET or POST", QUOTE_MAX,
                      method);
    if (strcmp(method, "CONNECT") == 0)
        return refuse(error, "the method CONNECT opens a tunnel, which is no request to measure");
    return 0;
}

/* Is the name of a line, of `size` bytes, this one? Case does not matter (RFC 9110 section 5.1). */
static bool name_is(const char *line, size_t size, const char *name)
{
    return size == strlen(name) && strncasecmp(line, name, size) == 0;
}

/* Does a list of words hold this one? Case does not matter (RFC 9110 section 7.6.1). */
static bool list_has(const char *list, const char *word)
{
    const size_t size = strlen(word);
    for (list += strspn(list, ", \t"); *list; list += strspn(list, ", \t")) {
        const size_t found = strcspn(list, ", \t");
        if (found == size && strncasecmp(list, word, size) == 0)
            return true;
        list += found;
    }
    return false;
}

static int check_once(bool seen, const char *name, char error[REQUEST_ERROR_MAX])
{
    return seen ? refuse(error, "two headers %s were given: leave one out", name) : 0;
}

/* Checks a line of the user's and notes which of our own it replaces. */
static int check_header(const char *line, struct overrides *overrides,
                        char error[REQUEST_ERROR_MAX])
{
    const uint8_t *bytes = (const uint8_t *)line;
    const size_t size = strlen(line);
    const size_t name = scan_token(bytes, size);
    const size_t text = scan_text(bytes, size);
    int result = 0;
    if (text < size)
        return refuse(error, "the header \"%.*s\" holds a control byte (0x%02x): remove it",
                      (int)(text < QUOTE_MAX ? text : QUOTE_MAX), line, bytes[text]);
    if (!memchr(line, ':', size))
        return refuse(error, "the header \"%.*s\" has no colon: write it as \"Name: value\"",
                      QUOTE_MAX, line);
    if (name == 0 || line[name] != ':')
        return refuse(error, "the header \"%.*s\" has a name that is no word such as Accept",
                      QUOTE_MAX, line);
    if (name_is(line, name, "Host")) {
        result = check_once(overrides->has_host, "Host", error);
        overrides->has_host = true;
    } else if (name_is(line, name, "Content-Length")) {
        result = check_once(overrides->length != NULL, "Content-Length", error);
        overrides->length = line + name + 1;
    } else if (name_is(line, name, "User-Agent")) {
        overrides->has_user_agent = true;
    } else if (name_is(line, name, "Transfer-Encoding")) {
        overrides->has_coding = true;
    } else if (name_is(line, name, "Connection")) {
        overrides->has_connection = true;
        overrides->has_close |= list_has(line + name + 1, "close");
    }
    return result;
}

static int check_parts(const struct request_parts *parts, const char *method,
                       struct overrides *overrides, char error[REQUEST_ERROR_MAX])
{
    int result = check_method(method, error);
    for (size_t i = 0; i < parts->headers_count && result == 0; i++)
        result = check_header(parts->headers[i], overrides, error);
    if (result == 0 && overrides->has_coding && overrides->length)
        return refuse(error, "Content-Length and Transfer-Encoding exclude each other: leave one "
                             "out (RFC 9112 section 6.2)");
    return result;
}

/* Is the user's Content-Length the body's? Any other would put the server out of step. */
static int check_length(const struct overrides *overrides, size_t body_bytes,
                        char error[REQUEST_ERROR_MAX])
{
    size_t length = 0;
    const char *at = overrides->length;
    if (!at)
        return 0;
    at += strspn(at, " \t");
    const size_t digits = strspn(at, "0123456789");
    for (size_t i = 0; i < digits && length <= LIMIT_BODY_MAX_BYTES; i++)
        length = length * 10 + (size_t)(at[i] - '0');
    if (digits == 0 || at[digits + strspn(at + digits, " \t")] != '\0' || length != body_bytes)
        return refuse(error,
                      "the header \"Content-Length:%.*s\" is not the body's, which has %zu "
                      "bytes: leave it out",
                      QUOTE_MAX, overrides->length, body_bytes);
    return 0;
}

/* The head up to its Content-Length, and whether it needs one. */
struct head {
    char *bytes; /* owned */
    size_t size;
    bool has_length;
};

static void head_append(struct head *head, const char *text)
{
    const size_t size = strlen(text);
    memcpy(head->bytes + head->size, text, size);
    head->size += size;
}

static int head_init(struct head *head, const struct request_parts *parts, const char *method,
                     const struct overrides *overrides, char error[REQUEST_ERROR_MAX])
{
    static const char agent[] = "User-Agent: tare/" TARE_VERSION "\r\n";
    char authority[URL_AUTHORITY_MAX];
    size_t size = strlen(method) + strlen(parts->url->target) + sizeof authority + sizeof agent +
                  sizeof authority + sizeof "  http://HTTP/1.1\r\nHost: \r\n" CLOSE_LINE;
    for (size_t i = 0; i < parts->headers_count; i++)
        size += strlen(parts->headers[i]) + 2;
    *head = (struct head){.bytes = malloc(size)};
    if (!head->bytes)
        return refuse_memory(error, size);
    head_append(head, method);
    head_append(head, " ");
    if (parts->is_proxied) {
        head_append(head, "http://");
        head_append(head, url_format_authority(parts->url, authority));
    }
    head_append(head, parts->url->target);
    head_append(head, " HTTP/1.1\r\n");
    if (!overrides->has_host) {
        head_append(head, "Host: ");
        head_append(head, url_format_authority(parts->url, authority));
        head_append(head, "\r\n");
    }
    if (!overrides->has_user_agent)
        head_append(head, agent);
    if (parts->is_only && !overrides->has_connection)
        head_append(head, CLOSE_LINE);
    for (size_t i = 0; i < parts->headers_count; i++) {
        head_append(head, parts->headers[i]);
        head_append(head, "\r\n");
    }
    return 0;
}

/* The bodies: one, or the lines of a text. */
struct bodies {
    const char *text;
    size_t size;
    bool by_line;
};

/* The next body from *cursor on, which is 0 at first; false after the last. */
static bool bodies_next(const struct bodies *bodies, size_t *cursor, const char **body,
                        size_t *body_bytes)
{
    if (*cursor > bodies->size || (bodies->by_line && *cursor == bodies->size))
        return false;
    *body = bodies->text + *cursor;
    *body_bytes = bodies->size - *cursor;
    const char *end = bodies->by_line ? memchr(*body, '\n', *body_bytes) : NULL;
    if (end)
        *body_bytes = (size_t)(end - *body);
    *cursor += *body_bytes + 1;
    if (end && *body_bytes > 0 && end[-1] == '\r')
        (*body_bytes)--;
    return true;
}

/* Writes one request at `out`, or only counts where that is NULL. Returns its size. */
static size_t write_request(uint8_t *out, const struct head *head, const char *body,
                            size_t body_bytes, size_t *head_bytes)
{
    char tail[sizeof LENGTH_LINE + LENGTH_MAX + sizeof "\r\n\r\n"];
    const int tail_bytes = head->has_length
                               ? snprintf(tail, sizeof tail, LENGTH_LINE "%zu\r\n\r\n", body_bytes)
                               : snprintf(tail, sizeof tail, "\r\n");
    *head_bytes = head->size + (size_t)tail_bytes;
    if (out) {
        memcpy(out, head->bytes, head->size);
        memcpy(out + head->size, tail, (size_t)tail_bytes);
        if (body_bytes > 0)
            memcpy(out + *head_bytes, body, body_bytes);
    }
    return *head_bytes + body_bytes;
}

/* Counts the requests and their bytes, and allocates for them. */
static int allocate(const struct head *head, const struct bodies *bodies,
                    const struct overrides *overrides, struct request *request,
                    char error[REQUEST_ERROR_MAX])
{
    size_t cursor = 0, size = 0, body_bytes, head_bytes;
    char needed[UNITS_TEXT_MAX], allowed[UNITS_TEXT_MAX];
    const char *body;
    while (bodies_next(bodies, &cursor, &body, &body_bytes)) {
        const int result = check_length(overrides, body_bytes, error);
        if (result != 0)
            return result;
        size += write_request(NULL, head, body, body_bytes, &head_bytes);
        request->count++;
    }
    if (request->count == 0)
        return refuse(error, "the file of bodies has no line: give one body on each line");
    if (size > LIMIT_REQUESTS_MAX_BYTES)
        return refuse(
            error,
            "the requests would take %s of memory, more than the %s allowed: send fewer lines",
            units_format_bytes(size, needed),
            units_format_bytes(LIMIT_REQUESTS_MAX_BYTES, allowed));
    request->bytes = malloc(size);
    request->offsets = malloc((request->count + 1) * sizeof *request->offsets);
    return request->bytes && request->offsets ? 0 : refuse_memory(error, size);
}

static void write_requests(const struct head *head, const struct bodies *bodies,
                           struct request *request)
{
    size_t cursor = 0, at = 0, body_bytes, head_bytes;
    const char *body;
    for (size_t i = 0; bodies_next(bodies, &cursor, &body, &body_bytes); i++) {
        request->offsets[i] = at;
        at += write_request(request->bytes + at, head, body, body_bytes, &head_bytes);
        request->head_bytes = i == 0 ? head_bytes : request->head_bytes;
    }
    request->offsets[request->count] = at;
}

/* Do we write a Content-Length? */
static bool needs_length(const char *method, bool has_body, const struct overrides *overrides)
{
    if (overrides->has_coding || overrides->length)
        return false;
    return has_body || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

static int render(const struct request_parts *parts, const struct bodies *bodies, bool has_body,
                  struct request *request, char error[REQUEST_ERROR_MAX])
{
    const char *method = parts->method ? parts->method : has_body ? "POST" : "GET";
    struct overrides overrides = {0};
    struct head head;
    *request = (struct request){.is_head = strcmp(method, "HEAD") == 0};
    int result = check_parts(parts, method, &overrides, error);
    if (result != 0)
        return result;
    result = head_init(&head, parts, method, &overrides, error);
    if (result != 0)
        return result;
    request->is_only = overrides.has_close || (parts->is_only && !overrides.has_connection);
    head.has_length = needs_length(method, has_body, &overrides);
    result = allocate(&head, bodies, &overrides, request, error);
    if (result == 0)
        write_requests(&head, bodies, request);
    else
        request_free(request);
    free(head.bytes);
    return result;
}

int request_render(const struct request_parts *parts, struct request *request,
                   char error[REQUEST_ERROR_MAX])
{
    const struct bodies one = {.text = parts->body ? parts->body : "",
                               .size = parts->body ? parts->body_bytes : 0};
    return render(parts, &one, parts->body != NULL, request, error);
}

int request_render_lines(const struct request_parts *parts, const char *text, size_t text_bytes,
                         struct request *request, char error[REQUEST_ERROR_MAX])
{
    const struct bodies lines = {.text = text, .size = text_bytes, .by_line = true};
    return render(parts, &lines, true, request, error);
}

void request_free(struct request *request)
{
    free(request->bytes);
    free(request->offsets);
    *request = (struct request){0};
}
