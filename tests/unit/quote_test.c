/* A quoted command line gives a shell the same words again. */
#include "quote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void plain_words_stay_plain(void **state)
{
    (void)state;
    static const char *const words[] = {"tare", "-c", "64", "http://127.0.0.1:8080/a_b-c.d"};
    char *text = quote_command(words, 4);
    assert_string_equal(text, "tare -c 64 http://127.0.0.1:8080/a_b-c.d");
    free(text);
    text = quote_command(words, 0);
    assert_string_equal(text, "");
    free(text);
}

static void a_shell_reads_it_back(void **state)
{
    (void)state;
    static const char *const words[] = {"printf",      "%s|", "",  "a b", "it's", "''", "$HOME",
                                        "a;b&c",       "x>y", "*", "~",   "\\",   "\"", "(",
                                        "caf\xc3\xa9", "#"};
    char *text = quote_command(words, sizeof words / sizeof words[0]);
    char line[256] = "";
    FILE *shell = popen(text, "r");
    assert_non_null(shell);
    assert_non_null(fgets(line, sizeof line, shell));
    assert_int_equal(pclose(shell), 0);
    assert_string_equal(line, "|a b|it's|''|$HOME|a;b&c|x>y|*|~|\\|\"|(|caf\xc3\xa9|#|");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words_stay_plain),
        cmocka_unit_test(a_shell_reads_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
