/* Variants are told apart by as little of their path as does it. */
#include "names.h"

#include "unit/run_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static struct files files;
static struct variant variants[4];

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    mkdir(files_path(&files, "a"), 0777);
    mkdir(files_path(&files, "a/run"), 0777);
    mkdir(files_path(&files, "b"), 0777);
    mkdir(files_path(&files, "b/run"), 0777);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    files_free(&files);
    return 0;
}

/* Names variants by their paths below the root, and checks what they are called then. */
static void check_names(size_t count, const char *const *paths, const char *const *expected)
{
    for (size_t i = 0; i < count; i++) {
        variants[i] = (struct variant){.path = strdup(files_path(&files, paths[i]))};
        variants[i].name = names_of_path(variants[i].path, 1);
    }
    assert_int_equal(names_set_apart(variants, count), 0);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(variants[i].name, expected[i]);
        free(variants[i].name);
        free(variants[i].path);
    }
}

static void different_names_stay(void **state)
{
    (void)state;
    check_names(2, (const char *const[]){"a", "b/run/"}, (const char *const[]){"a", "run"});
}

static void shared_names_get_their_parents(void **state)
{
    (void)state;
    check_names(3, (const char *const[]){"a/run", "b/run", "a"},
                (const char *const[]){"a/run", "b/run", "a"});
}

static void the_same_folder_twice_gets_a_number(void **state)
{
    (void)state;
    check_names(3, (const char *const[]){"a/run", "a/run", "a/../a/run/."},
                (const char *const[]){"a/run", "a/run (2)", "a/run (3)"});
}

static void paths_that_are_not_there_have_names_too(void **state)
{
    (void)state;
    char *name = names_of_path("no/such/folder", 1);
    assert_string_equal(name, "folder");
    free(name);
    name = names_of_path("no/such/folder", 2);
    assert_string_equal(name, "such/folder");
    free(name);
    name = names_of_path("/", 1);
    assert_string_equal(name, "/");
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(different_names_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shared_names_get_their_parents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_folder_twice_gets_a_number, set_up, tear_down),
        cmocka_unit_test(paths_that_are_not_there_have_names_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
