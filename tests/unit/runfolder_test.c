/* The run folder: made, taken where it is empty, and never written over. */
#include "runfolder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Each test works in a folder of its own, as its current one. */
static int set_up(void **state)
{
    char *path = strdup("/tmp/runfolder_test.XXXXXX");
    assert_non_null(mkdtemp(path));
    assert_int_equal(chdir(path), 0);
    *state = path;
    return 0;
}

static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *place)
{
    (void)facts;
    (void)type;
    (void)place;
    return remove(path);
}

static int tear_down(void **state)
{
    assert_int_equal(chdir("/"), 0);
    nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return 0;
}

static void make_file(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    close(fd);
}

static void expect_refusal(const char *wanted, int expected, const char *sentence)
{
    struct runfolder folder;
    char error[RUNFOLDER_ERROR_MAX];
    assert_int_equal(runfolder_open(&folder, wanted, error), expected);
    assert_string_equal(error, sentence);
    assert_int_equal(folder.fd, -1);
    runfolder_close(&folder);
}

/* Files can be made in it, by its descriptor. */
static void expect_folder(struct runfolder *folder, const char *wanted)
{
    char error[RUNFOLDER_ERROR_MAX] = "";
    if (runfolder_open(folder, wanted, error) != 0)
        fail_msg("%s", error);
    const int fd = openat(folder->fd, "run.json", O_WRONLY | O_CREAT | O_EXCL, 0644);
    assert_true(fd >= 0);
    close(fd);
    runfolder_close(folder);
    assert_int_equal(folder->fd, -1);
    runfolder_close(folder); /* twice is nothing */
    char file[RUNFOLDER_PATH_MAX + 16];
    snprintf(file, sizeof file, "%s/run.json", folder->path);
    assert_int_equal(access(file, F_OK), 0);
}

static void a_folder_is_made_with_its_parents(void **state)
{
    (void)state;
    struct runfolder folder;
    char absolute[256];
    expect_folder(&folder, "one");
    assert_string_equal(folder.path, "one");
    expect_folder(&folder, "a/b/c");
    expect_folder(&folder, "a/b/d/");
    expect_folder(&folder, "./x//y");
    snprintf(absolute, sizeof absolute, "%s/abs/run", (const char *)*state);
    expect_folder(&folder, absolute);
    assert_string_equal(folder.path, absolute);
}

static void an_empty_folder_is_taken(void **state)
{
    (void)state;
    struct runfolder folder;
    assert_int_equal(mkdir("empty", 0755), 0);
    expect_folder(&folder, "empty");
    assert_int_equal(mkdir("other", 0755), 0);
    assert_int_equal(symlink("other", "link"), 0);
    expect_folder(&folder, "link");
}

static void a_run_is_not_written_over(void **state)
{
    (void)state;
    struct runfolder folder;
    expect_folder(&folder, "run");
    expect_refusal(
        "run", -EEXIST,
        "run holds a run already\n      name another folder with -o, or remove that one");
    expect_refusal("run/", -EEXIST,
                   "run/ holds a run already\n      name another folder with -o, or remove that "
                   "one");
}

static void a_folder_with_other_files_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(mkdir("home", 0755), 0);
    make_file("home/.hidden");
    expect_refusal(
        "home", -ENOTEMPTY,
        "home is not empty\n      name another folder with -o: a run has one of its own");
    assert_int_equal(access("home/.hidden", F_OK), 0);
}

static void what_is_no_folder_is_told(void **state)
{
    (void)state;
    make_file("file");
    expect_refusal("file", -ENOTDIR,
                   "the folder file cannot be made: Not a directory\n      name another with -o");
    expect_refusal(
        "file/run", -ENOTDIR,
        "the folder file/run cannot be made: Not a directory\n      name another with -o");
    expect_refusal("", -ENOENT,
                   "the folder  cannot be made: No such file or directory\n      name another with "
                   "-o");
    expect_refusal("/proc/run", -ENOENT,
                   "the folder /proc/run cannot be made: No such file or directory\n      name "
                   "another with -o");
}

static void a_name_that_is_too_long_is_told(void **state)
{
    (void)state;
    static char name[RUNFOLDER_PATH_MAX + 100];
    struct runfolder folder;
    char error[RUNFOLDER_ERROR_MAX];
    memset(name, 'n', sizeof name - 1);
    assert_int_equal(runfolder_open(&folder, name, error), -ENAMETOOLONG);
    assert_non_null(strstr(error, "File name too long"));
    assert_non_null(strstr(error, "-o"));
    name[300] = '\0'; /* a part of it */
    assert_int_equal(runfolder_open(&folder, name, error), -ENAMETOOLONG);
}

/* 20261120T120400Z */
static bool is_utc_name(const char *name)
{
    static const char form[] = "ddddddddTddddddZ";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
            return false;
    return true;
}

/* Several in one second: each has a folder of its own. */
static void without_a_name_it_is_the_time_with_a_suffix(void **state)
{
    (void)state;
    struct runfolder folders[30];
    int suffixed = 0;
    for (int i = 0; i < 30; i++) {
        expect_folder(&folders[i], NULL);
        assert_memory_equal(folders[i].path, "results/", 8);
        assert_true(is_utc_name(folders[i].path + 8));
        const char *suffix = folders[i].path + 8 + 16;
        assert_true(*suffix == '\0' || (suffix[0] == '-' && atoi(suffix + 1) >= 2));
        suffixed += *suffix == '-';
        for (int k = 0; k < i; k++)
            assert_string_not_equal(folders[i].path, folders[k].path);
    }
    assert_true(suffixed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_is_made_with_its_parents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_folder_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_is_not_written_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_with_other_files_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_folder_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_is_too_long_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_name_it_is_the_time_with_a_suffix, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
