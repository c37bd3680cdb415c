/* url_fuzz.c - what is accepted as a URL can be sent, and its parts make the same URL again. */
#include "url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Nothing that ends a request line or a field, or hides in it. */
static void check_text(const char *text)
{
    for (; *text; text++)
        check(*text > 0x20 && *text < 0x7f);
}

static void check_again(const struct url *url)
{
    static struct url again;
    static char text[LIMIT_URL_MAX_BYTES * 2];
    char authority[URL_AUTHORITY_MAX];
    char error[URL_ERROR_MAX];
    const size_t host = strcspn(url->host, "%"); /* a zone is not part of the authority */
    snprintf(text, sizeof text, "%s://%s%s", url->scheme == URL_HTTPS ? "https" : "http",
             url_format_authority(url, authority), url->target);
    check_text(text);
    if (strlen(text) > LIMIT_URL_MAX_BYTES)
        return; /* a scheme and a slash were added */
    check(url_parse(text, &again, error));
    check(again.scheme == url->scheme && again.port == url->port);
    check(again.is_ipv6_literal == url->is_ipv6_literal);
    check(strlen(again.host) == host && strncmp(again.host, url->host, host) == 0);
    check(strcmp(again.target, url->target) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct url url;
    char error[URL_ERROR_MAX];
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    if (url_parse(text, &url, error)) {
        check(url.host[0] != '\0' && url.port != 0 && url.target[0] == '/');
        check_again(&url);
    } else {
        check(memchr(error, '\0', sizeof error) != NULL && error[0] != '\0');
        check(strpbrk(error, "\r\n\t") == NULL);
    }
    free(text);
    return 0;
}
