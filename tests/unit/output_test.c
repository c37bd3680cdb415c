/* Files appear together and whole, or not at all. */
#include "output.h"

#include "unit/run_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static struct files files;
static struct fault fault;
static struct output output;

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    output_free(&output);
    files_free(&files);
    return 0;
}

/* How many entries a folder has, hidden ones included. */
static int count_entries(const char *name)
{
    int count = -2;
    DIR *directory = opendir(files_path(&files, name));
    if (!directory)
        return -1;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = output_begin(&output, name, &fault);
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(output_end(&output, &fault), 0);
}

static void files_appear_at_the_commit(void **state)
{
    (void)state;
    assert_int_equal(output_init(&output, files_path(&files, "a/b/c"), &fault), 0);
    write_file("x.csv", "1\n");
    write_file("y.csv", "2\n");
    assert_false(files_count(&files, "a/b/c/x.csv"));
    assert_int_equal(output_commit(&output, &fault), 0);
    char *text = files_read(&files, "a/b/c/y.csv");
    assert_string_equal(text, "2\n");
    free(text);
    output_free(&output);
    assert_int_equal(count_entries("a/b/c"), 2);
}

static void nothing_is_left_without_a_commit(void **state)
{
    (void)state;
    assert_int_equal(output_init(&output, files_path(&files, "a"), &fault), 0);
    write_file("x.csv", "1\n");
    assert_non_null(output_begin(&output, "y.csv", &fault));
    output_free(&output);
    assert_int_equal(count_entries("a"), -1);
}

static void what_was_there_stays_until_the_commit(void **state)
{
    (void)state;
    mkdir(files_path(&files, "a"), 0777);
    files_text(&files, "a/x.csv", "old\n");
    assert_int_equal(output_init(&output, files_path(&files, "a"), &fault), 0);
    write_file("x.csv", "new\n");
    output_free(&output);
    char *text = files_read(&files, "a/x.csv");
    assert_string_equal(text, "old\n");
    free(text);
    assert_int_equal(count_entries("a"), 1);
    assert_int_equal(output_init(&output, files_path(&files, "a/"), &fault), 0);
    write_file("x.csv", "new\n");
    assert_int_equal(output_commit(&output, &fault), 0);
    text = files_read(&files, "a/x.csv");
    assert_string_equal(text, "new\n");
    free(text);
}

static void files_are_for_showing(void **state)
{
    (void)state;
    struct stat status;
    const mode_t before = umask(022);
    assert_int_equal(output_init(&output, files_path(&files, "a"), &fault), 0);
    write_file("x.csv", "1\n");
    assert_int_equal(output_commit(&output, &fault), 0);
    umask(before);
    assert_int_equal(stat(files_path(&files, "a/x.csv"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
}

static void a_file_in_the_way_is_told(void **state)
{
    (void)state;
    files_text(&files, "a", "");
    assert_int_equal(output_init(&output, files_path(&files, "a"), &fault), -ENOTDIR);
    assert_non_null(strstr(fault.text, "cannot make the folder"));
    output_free(&output);
    assert_int_equal(output_init(&output, files_path(&files, "a/b"), &fault), -ENOTDIR);
}

/* /dev/full takes nothing: what a full disk does. */
static void a_full_disk_is_told(void **state)
{
    (void)state;
    assert_int_equal(output_init(&output, files_path(&files, "a"), &fault), 0);
    FILE *file = output_begin(&output, "x.csv", &fault);
    assert_non_null(file);
    const int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    assert_true(dup2(full, fileno(file)) >= 0);
    close(full);
    fputs("1\n", file);
    assert_int_equal(output_end(&output, &fault), -ENOSPC);
    assert_non_null(strstr(fault.text, "x.csv: No space left on device"));
    output_free(&output);
    assert_int_equal(count_entries("a"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_appear_at_the_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_left_without_a_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_there_stays_until_the_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_are_for_showing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_in_the_way_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
