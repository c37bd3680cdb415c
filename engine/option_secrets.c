/* option_secrets.c - Authorization by name and password (RFC 7617) or by token (RFC 6750). */
#include "option_secrets.h"

#include "limits.h"
#include "option_request.h"
#include "scan.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD_VARIABLE "TARE_PASSWORD"
#define AUTHORIZATION "Authorization: "
#define SECRET_MAX_BYTES 16384u

/* Takes over a text that the headers point to; NULL: memory was lacking. */
static bool keep(struct options *o, char *text, char *error)
{
    char **grown = realloc(o->secrets, (o->secrets_count + 1) * sizeof *grown);
    if (!grown || !text) {
        o->secrets = grown ? grown : o->secrets;
        free(text);
        return option_bad(error, OPTION_NO_MEMORY);
    }
    o->secrets = grown;
    o->secrets[o->secrets_count++] = text;
    return true;
}

static bool note_authorization(struct options *o, char *error)
{
    o->authorizations++;
    return o->authorizations == 1 ||
           option_bad(error, "Authorization is given twice (-H, --user, --bearer-env, --bearer-file)\n"
                             "      leave one out");
}

/* Overwrites what stands in the command line. */
static void hide(const char *secret)
{
    char *at = (char *)secret;
    const size_t size = strlen(at);
    memset(at, 0, size);
    memset(at, '*', size < 3 ? size : 3);
}

static bool add_authorization(struct options *o, const char *scheme, const char *secret, char *error)
{
    char *line = NULL;
    if (asprintf(&line, AUTHORIZATION "%s %s", scheme, secret) < 0)
        line = NULL;
    return keep(o, line, error) && note_authorization(o, error) && option_add_header(o, line, error);
}

/* A secret that is no text would end in the middle, or in another header. It is not shown. */
static bool check_text(const char *name, const char *secret, char *error)
{
    const size_t size = strlen(secret);
    if (size > 0 && size <= SECRET_MAX_BYTES && scan_text((const uint8_t *)secret, size) == size)
        return true;
    return option_bad(error, "%s: what it holds is %s\n      write one line of text, as the server wants it",
                      name, size == 0                  ? "empty"
                            : size > SECRET_MAX_BYTES ? "too long"
                                                      : "not one line of text");
}

static bool add_basic(struct options *o, const char *pair, char *error)
{
    unsigned char text[4 * (SECRET_MAX_BYTES / 3) + 8];
    if (!check_text("--user", pair, error))
        return false;
    EVP_EncodeBlock(text, (const unsigned char *)pair, (int)strlen(pair));
    return add_authorization(o, "Basic", (const char *)text, error);
}

/* The first line of a file, without its end; NULL with `error`. The caller's to free. */
static char *read_line(const char *name, const char *path, char *error)
{
    char *bytes = NULL;
    size_t size;
    if (!option_read_file(name, path, &bytes, &size, error)) {
        free(bytes);
        return NULL;
    }
    bytes[strcspn(bytes, "\r\n")] = '\0';
    return bytes;
}

bool option_read_user(struct options *o, const char *value, char *error)
{
    const char *colon = strchr(value, ':');
    const char *password = getenv(PASSWORD_VARIABLE);
    char *pair = NULL;
    if (value[0] == '@') {
        pair = read_line("--user", value + 1, error);
        if (!pair)
            return false;
        if (!strchr(pair, ':')) {
            free(pair);
            return option_bad(error, "--user: %s does not hold NAME:PASSWORD\n      write it on one line",
                              value + 1);
        }
    } else if (colon) {
        pair = strdup(value);
        hide(colon + 1);
    } else if (!password) {
        return option_bad(error,
                          "--user %s has no password\n      set " PASSWORD_VARIABLE
                          " in the environment, or name a file that holds NAME:PASSWORD: --user @FILE",
                          value);
    } else if (asprintf(&pair, "%s:%s", value, password) < 0) {
        pair = NULL;
    }
    const bool is_good = pair ? add_basic(o, pair, error) : option_bad(error, OPTION_NO_MEMORY);
    free(pair);
    return is_good;
}

bool option_read_bearer_env(struct options *o, const char *value, char *error)
{
    const char *token = getenv(value);
    if (!token)
        return option_bad(error, "--bearer-env: the variable %s is not set\n      export it, or name "
                                 "another",
                          value);
    return check_text("--bearer-env", token, error) && add_authorization(o, "Bearer", token, error);
}

bool option_read_bearer_file(struct options *o, const char *value, char *error)
{
    char *token = read_line("--bearer-file", value, error);
    const bool is_good = token && check_text("--bearer-file", token, error) &&
                         add_authorization(o, "Bearer", token, error);
    free(token);
    return is_good;
}

/* ---- header lines ---- */

static bool name_holds(const char *line, size_t size, const char *word)
{
    const size_t word_size = strlen(word);
    for (size_t i = 0; i + word_size <= size; i++)
        if (strncasecmp(line + i, word, word_size) == 0)
            return true;
    return false;
}

static bool is_secret(const char *line, size_t name_size)
{
    static const char *const words[] = {"authorization", "cookie", "token",    "secret",
                                        "key",           "auth",   "password", "credential"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (name_holds(line, name_size, words[i]))
            return true;
    return false;
}

const char *option_hide_header(struct options *o, const char *line, char *error)
{
    const size_t name_size = strcspn(line, ":");
    if (line[name_size] == '\0' || !is_secret(line, name_size))
        return line;
    if (name_size == strlen("authorization") && name_holds(line, name_size, "authorization") &&
        !note_authorization(o, error))
        return NULL;
    char *copy = strdup(line);
    if (!keep(o, copy, error))
        return NULL;
    const char *value = line + name_size + 1;
    hide(value + strspn(value, " \t"));
    return copy;
}

void option_free_secrets(struct options *o)
{
    for (size_t i = 0; i < o->secrets_count; i++)
        free(o->secrets[i]);
    free(o->secrets);
}
