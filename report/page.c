/* page.c - fills the shell: its slots, its policy, its script and the numbers for it. */
#include "page.h"

#include "assets.h"
#include "page_parts.h"

/* The digest by its old name takes no memory; by its new one OpenSSL 3.0 looks its provider up first,
 * and ends the program where there is none for that. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

/* A stretch of bytes in the program. */
struct asset {
    const char *begin;
    const char *end;
};

static const struct asset shell = {asset_page_html_begin, asset_page_html_end};
static const struct asset styles[] = {{asset_uplot_css_begin, asset_uplot_css_end},
                                      {asset_page_css_begin, asset_page_css_end}};
static const struct asset scripts[] = {{asset_uplot_js_begin, asset_uplot_js_end},
                                       {asset_numbers_js_begin, asset_numbers_js_end},
                                       {asset_tables_js_begin, asset_tables_js_end},
                                       {asset_draw_js_begin, asset_draw_js_end},
                                       {asset_page_js_begin, asset_page_js_end}};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void write_asset(FILE *out, const struct asset *asset)
{
    fwrite(asset->begin, 1, (size_t)(asset->end - asset->begin), out);
}

/* Writes 'sha256-...' of what stands between the tags (CSP level 3, section 2.3.1). */
static void write_source(FILE *out, const struct asset *asset)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned char text[SHA256_DIGEST_LENGTH * 2];
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, asset->begin, (size_t)(asset->end - asset->begin));
    SHA256_Final(digest, &state);
    EVP_EncodeBlock(text, digest, (int)sizeof digest);
    fprintf(out, " 'sha256-%s'", (const char *)text);
}

static void write_policy(const struct page *page)
{
    fputs("default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src",
          page->out);
    for (size_t i = 0; i < COUNT(styles); i++)
        write_source(page->out, &styles[i]);
    fputs("; script-src", page->out);
    for (size_t i = 0; i < COUNT(scripts); i++)
        write_source(page->out, &scripts[i]);
}

static void write_styles(const struct page *page)
{
    for (size_t i = 0; i < COUNT(styles); i++) {
        fputs("<style>", page->out);
        write_asset(page->out, &styles[i]);
        fputs("</style>\n", page->out);
    }
}

static void write_scripts(const struct page *page)
{
    for (size_t i = 0; i < COUNT(scripts); i++) {
        fputs("<script>", page->out);
        write_asset(page->out, &scripts[i]);
        fputs("</script>\n", page->out);
    }
}

static void write_version(const struct page *page)
{
    markup_text(page->out, page->report->version);
}

static void write_title(const struct page *page)
{
    markup_prose(page->out, page->report->headline);
    fputs(" · tare", page->out);
}

static void write_headline(const struct page *page)
{
    markup_prose(page->out, page->report->headline);
}

static void write_footer(const struct page *page)
{
    fputs("tare report, version ", page->out);
    markup_text(page->out, page->report->version);
    fputs(". This page is one file and asks nobody for anything.\n"
          "<details><summary>Licence of uPlot, which draws the charts</summary><pre "
          "class=\"licence\">",
          page->out);
    const struct asset licence = {asset_uplot_licence_begin, asset_uplot_licence_end};
    for (const char *at = licence.begin; at < licence.end; at++) {
        const char text[] = {*at, '\0'};
        markup_text(page->out, text);
    }
    fputs("</pre></details>", page->out);
}

/* What stands in place of {{name}} in the shell. */
static const struct {
    const char *name;
    void (*write)(const struct page *page);
} slots[] = {{"policy", write_policy},
             {"version", write_version},
             {"title", write_title},
             {"styles", write_styles},
             {"header", page_write_header},
             {"headline", write_headline},
             {"lead", page_write_lead},
             {"gates", page_write_gates},
             {"runs", page_write_runs},
             {"changed", page_write_changed},
             {"spread", page_write_spread},
             {"time", page_write_time},
             {"outcomes", page_write_outcomes},
             {"targets", page_write_targets},
             {"weight", page_write_weight},
             {"measured", page_write_measured},
             {"footer", write_footer},
             {"data", page_write_data},
             {"scripts", write_scripts}};

/* Writes the slot that begins at `at`, behind its braces; returns where the shell goes on. A name
 * that no part has is left as it stands. */
static const char *write_slot(const struct page *page, const char *at)
{
    for (size_t i = 0; i < COUNT(slots); i++) {
        const size_t size = strlen(slots[i].name);
        if (strncmp(at, slots[i].name, size) == 0 && strncmp(at + size, "}}", 2) == 0) {
            slots[i].write(page);
            return at + size + 2;
        }
    }
    fputs("{{", page->out);
    return at;
}

int page_write(FILE *out, const struct report *report)
{
    struct figures figures;
    const int result = figures_init(&figures, report);
    const struct page page = {out, report, &figures};
    for (const char *at = shell.begin; result == 0 && at < shell.end;) {
        if (*at == '{' && strncmp(at, "{{", 2) == 0)
            at = write_slot(&page, at + 2);
        else
            fputc(*at++, out);
    }
    figures_free(&figures);
    if (result != 0)
        return result;
    errno = 0;
    if (fflush(out) != 0 || ferror(out))
        return errno ? -errno : -EIO;
    return 0;
}
