/* The files that a report rests on, by their hash. */
#include "digest.h"

#include "unit/run_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static struct files files;
static struct digest_file found[DIGEST_FILES];

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    files_free(&files);
    return 0;
}

/* FIPS 180-4's examples, of nothing, of three bytes and of a million. */
static void files_have_their_hash(void **state)
{
    (void)state;
    static char million[1000000];
    memset(million, 'a', sizeof million);
    files_write(&files, "run.json", "abc", 3);
    files_write(&files, "samples.csv", million, sizeof million);
    files_write(&files, "seconds.csv", "", 0);
    digest_folder(files.root, found);
    assert_string_equal(found[0].name, "run.json");
    assert_int_equal(found[0].bytes, 3);
    assert_string_equal(found[0].sha256,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(found[1].sha256,
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_int_equal(found[1].bytes, 1000000);
    assert_true(found[3].is_there);
    assert_string_equal(found[3].sha256,
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_false(found[2].is_there || found[4].is_there);
    assert_string_equal(found[2].sha256, "");
}

/* As large as the limit it is hashed, a byte more and it is not. */
static void large_files_are_not_hashed(void **state)
{
    (void)state;
    const char *path = files_write(&files, "samples.csv", "", 0);
    assert_int_equal(truncate(path, DIGEST_BYTES_MAX + 1), 0);
    digest_folder(files.root, found);
    assert_true(found[1].is_there);
    assert_int_equal(found[1].bytes, DIGEST_BYTES_MAX + 1);
    assert_string_equal(found[1].sha256, "");
    assert_int_equal(truncate(files_path(&files, "samples.csv"), DIGEST_BYTES_MAX), 0);
    digest_folder(files.root, found);
    assert_int_equal(strlen(found[1].sha256), 64);
}

static void what_is_no_file_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(mkdir(files_path(&files, "run.json"), 0700), 0);
    assert_int_equal(mkfifo(files_path(&files, "samples.csv"), 0600), 0); /* nobody writes to it */
    digest_folder(files.root, found);
    assert_false(found[0].is_there || found[1].is_there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_have_their_hash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_files_are_not_hashed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_left_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
