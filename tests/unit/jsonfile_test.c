/* A JSON document takes the place of its file whole, or the old one stands. */
#include "jsonfile.h"

#include "starve.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char path[64];
    int fd;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->path, "/tmp/tare-test-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->fd = open(place->path, O_RDONLY | O_DIRECTORY);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlinkat(place->fd, "one.json", 0);
    unlinkat(place->fd, "one.json", AT_REMOVEDIR);
    close(place->fd);
    assert_int_equal(rmdir(place->path), 0); /* nothing else was left */
    free(place);
    return 0;
}

static json_t *read_back(const struct place *place)
{
    const int fd = openat(place->fd, "one.json", O_RDONLY);
    json_t *document = json_loadfd(fd, 0, NULL);
    close(fd);
    return document;
}

static void a_document_replaces_its_file(void **state)
{
    const struct place *place = *state;
    for (int i = 1; i <= 2; i++) {
        json_t *document = json_pack("{s:i}", "n", i);
        assert_int_equal(jsonfile_write(document, place->fd, "one.json"), 0);
        json_t *back = read_back(place);
        assert_true(json_equal(back, document));
        json_decref(back);
        json_decref(document);
    }
}

static void what_cannot_be_replaced_stands(void **state)
{
    const struct place *place = *state;
    json_t *document = json_object();
    assert_int_equal(mkdirat(place->fd, "one.json", 0755), 0);
    assert_int_equal(jsonfile_write(document, place->fd, "one.json"), -EISDIR);
    assert_int_equal(jsonfile_write(document, -1, "one.json"), -EBADF);
    json_decref(document);
}

static void text_that_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    const char *words[] = {"tare", "caf\xe9"};
    const struct config config = {.command = words, .command_count = 2};
    json_t *command = jsonfile_command(&config);
    assert_string_equal(json_string_value(json_array_get(command, 0)), "tare");
    assert_string_equal(json_string_value(json_array_get(command, 1)), "(not UTF-8)");
    json_decref(command);
}

/* A member that jansson left out for want of memory: a document without it once claimed to be whole. */
static void a_document_that_lacks_a_member_is_not_written(void **state)
{
    struct place *place = *state;
    if (!STARVE_CAN)
        skip();
    jsonfile_begin();
    json_t *document = json_object();
    starve_left = 0;
    json_object_set_new(document, "lacking", json_string("a value"));
    assert_int_equal(json_object_size(document), 0);
    assert_int_equal(jsonfile_write(document, place->fd, "one.json"), -ENOMEM);
    assert_int_equal(faccessat(place->fd, "one.json", F_OK, 0), -1);
    json_decref(document);
    jsonfile_begin();
    document = json_object();
    assert_int_equal(jsonfile_write(document, place->fd, "one.json"), 0);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_replaces_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_replaced_stands, set_up, tear_down),
        cmocka_unit_test(text_that_is_no_utf8_is_replaced),
        cmocka_unit_test_setup_teardown(a_document_that_lacks_a_member_is_not_written, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
