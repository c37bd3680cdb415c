/* Files hold whole rows only, whatever the disk does. */
#include "outfile.h"

#include "dies.h"
#include "starve.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <cmocka.h>

#define HEADER "number,text"

struct place {
    char path[64];
    int fd;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->path, "/tmp/outfile_test.XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->fd = open(place->path, O_RDONLY | O_DIRECTORY);
    assert_true(place->fd >= 0);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlinkat(place->fd, "a.csv", 0);
    close(place->fd);
    rmdir(place->path);
    free(place);
    return 0;
}

/* A row whose text can be told from any other, of `size` bytes with its line end. */
static void write_row(char *row, uint64_t number, size_t size)
{
    const int head = snprintf(row, size, "%llu,", (unsigned long long)number);
    memset(row + head, 'a' + (int)(number % 26), size - (size_t)head);
    row[size - 1] = '\n';
}

static size_t size_of_row(uint64_t number)
{
    return 24 + number * 37 % 300;
}

static void add_rows(struct outfile *file, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++) {
        write_row(outfile_row(file, size_of_row(i)), i, size_of_row(i));
        outfile_commit(file, size_of_row(i));
    }
}

/* Reads the file; every row must be whole and in its place. Returns how many there are. */
static uint64_t check_rows(const struct place *place, uint64_t bytes)
{
    static char text[1 << 20], row[1024];
    const int fd = openat(place->fd, "a.csv", O_RDONLY);
    const ssize_t size = read(fd, text, sizeof text);
    size_t at = sizeof HEADER;
    uint64_t rows = 0;
    close(fd);
    assert_int_equal(size, bytes);
    assert_memory_equal(text, HEADER "\n", sizeof HEADER);
    for (; at < (size_t)size; rows++) {
        write_row(row, rows, size_of_row(rows));
        assert_true(at + size_of_row(rows) <= (size_t)size);
        assert_memory_equal(text + at, row, size_of_row(rows));
        at += size_of_row(rows);
    }
    return rows;
}

static void rows_arrive_in_their_order(void **state)
{
    struct place *place = *state;
    struct outfile file;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    assert_string_equal(file.name, "a.csv");
    assert_int_equal(check_rows(place, file.bytes), 0); /* the header stands there at once */
    add_rows(&file, 0, 10);
    assert_int_equal(check_rows(place, sizeof HEADER), 0); /* gathered */
    outfile_flush(&file);
    assert_int_equal(check_rows(place, file.bytes), 10);
    add_rows(&file, 10, 2000); /* more than the buffer holds */
    assert_true(check_rows(place, file.bytes) > 1000);
    const int error = outfile_close(&file);
    assert_int_equal(error, 0);
    assert_int_equal(check_rows(place, file.bytes), 2010);
}

static void a_row_may_fill_what_is_promised(void **state)
{
    struct place *place = *state;
    struct outfile file;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    for (int i = 0; i < 100; i++) {
        memset(outfile_row(&file, 4096), 'x', 4096);
        outfile_commit(&file, 4096);
    }
    assert_int_equal(outfile_close(&file), 0);
    assert_int_equal(file.bytes, sizeof HEADER + 100 * 4096);
}

/* An announced row that turned out shorter leaves no gap. */
static void a_row_may_be_shorter_than_its_room(void **state)
{
    struct place *place = *state;
    struct outfile file;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    for (uint64_t i = 0; i < 3000; i++) {
        write_row(outfile_row(&file, 512), i, size_of_row(i));
        outfile_commit(&file, size_of_row(i));
    }
    assert_int_equal(outfile_close(&file), 0);
    assert_int_equal(check_rows(place, file.bytes), 3000);
}

static void nothing_is_overwritten(void **state)
{
    struct place *place = *state;
    struct outfile file;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    add_rows(&file, 0, 3);
    assert_int_equal(outfile_close(&file), 0);
    const uint64_t bytes = file.bytes;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), -EEXIST);
    assert_int_equal(file.fd, -1);
    assert_int_equal(outfile_close(&file), -EEXIST);
    assert_int_equal(check_rows(place, bytes), 3);
}

static void a_folder_that_is_gone_is_told(void **state)
{
    struct outfile file;
    (void)state;
    assert_int_equal(outfile_open(&file, -1, "a.csv", HEADER), -EBADF);
    assert_int_equal(outfile_close(&file), -EBADF);
}

/* Writes until the file takes no more; then it holds whole rows, says why, and stays as it is. */
static void fill(struct place *place, int expected_error, uint64_t at_most)
{
    struct outfile file;
    uint64_t number = 0;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    while (file.error == 0 && number < 10000)
        add_rows(&file, number++, 1);
    assert_int_equal(file.error, expected_error);
    const uint64_t bytes = file.bytes;
    assert_in_range(bytes, at_most / 2, at_most);
    const uint64_t rows = check_rows(place, bytes);
    assert_in_range(rows, 1, number - 1);
    add_rows(&file, 5000, 3000); /* thrown away, quietly */
    outfile_flush(&file);
    assert_int_equal(outfile_close(&file), expected_error);
    assert_int_equal(file.bytes, bytes);
    assert_int_equal(check_rows(place, bytes), rows);
}

/* Limits at many places of a row and of the buffer: in a child each, since a limit stays. */
static void at_a_size_limit_the_last_row_is_whole(void **state)
{
    struct place *place = *state;
    for (uint64_t limit = 100000; limit < 100400; limit += 7) {
        int status;
        const pid_t child = fork();
        if (child == 0) {
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
            fill(place, -EFBIG, limit);
            leave(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        unlinkat(place->fd, "a.csv", 0);
    }
}

/* Not even the header fits. */
static void without_any_room_the_file_is_empty(void **state)
{
    struct place *place = *state;
    int status;
    struct stat facts;
    const pid_t child = fork();
    if (child == 0) {
        struct outfile file;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){5, 5});
        const int opened = outfile_open(&file, place->fd, "a.csv", HEADER);
        leave(opened == -EFBIG && outfile_close(&file) == -EFBIG ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(fstatat(place->fd, "a.csv", &facts, 0), 0);
    assert_int_equal(facts.st_size, 0);
}

static void on_a_full_disk_the_last_row_is_whole(void **state)
{
    struct place *place = *state;
    struct place disk = {.fd = -1};
    snprintf(disk.path, sizeof disk.path, "%.50s/disk", place->path);
    assert_int_equal(mkdir(disk.path, 0755), 0);
    if (mount("tmpfs", disk.path, "tmpfs", 0, "size=200k") != 0) {
        rmdir(disk.path);
        skip(); /* mounting is root's; the limit of sizes above shows the same */
    }
    disk.fd = open(disk.path, O_RDONLY | O_DIRECTORY);
    fill(&disk, -ENOSPC, 50 * 4096); /* 200k, in pages */
    close(disk.fd);
    assert_int_equal(umount(disk.path), 0);
    rmdir(disk.path);
}

static void memory_that_is_refused_is_told(void **state)
{
    struct place *place = *state;
    struct outfile file;
    if (!STARVE_CAN)
        skip();
    starve_left = 0;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), -ENOMEM);
    assert_int_equal(outfile_close(&file), -ENOMEM);
}

/* What the file's descriptor is, from now on. */
static void replace(struct outfile *file, int fd)
{
    assert_true(fd >= 0);
    assert_int_equal(dup2(fd, file->fd), file->fd);
    close(fd);
}

/* A device that is full, and which nobody can cut back either: the later error is the one that is told. */
static void a_file_that_cannot_be_cut_back_is_told(void **state)
{
    struct place *place = *state;
    struct outfile file;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    replace(&file, open("/dev/full", O_WRONLY | O_CLOEXEC));
    add_rows(&file, 0, 2);
    outfile_flush(&file);
    assert_int_equal(file.error, -EINVAL);
    assert_int_equal(file.rows_lost, 2);
    close(file.fd); /* and then it cannot even be closed */
    assert_int_equal(outfile_close(&file), -EINVAL);
}

static void a_file_that_cannot_be_closed_is_told(void **state)
{
    struct place *place = *state;
    struct outfile file;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    close(file.fd);
    assert_int_equal(outfile_close(&file), -EBADF);
}

static volatile sig_atomic_t drain_fd; /* what the signal empties */

static void drain(int signal)
{
    char bytes[65536];
    const int before = errno;
    (void)signal;
    while (read(drain_fd, bytes, sizeof bytes) > 0)
        continue;
    errno = before;
}

/* A write that a signal interrupts before anything went out goes on: here into a pipe that is full until
 * the signal comes. */
static void an_interrupted_write_goes_on(void **state)
{
    struct place *place = *state;
    const struct sigaction action = {.sa_handler = drain}; /* without SA_RESTART */
    const struct itimerval soon = {.it_value.tv_usec = 20000, .it_interval.tv_usec = 20000};
    const struct itimerval never = {.it_value.tv_usec = 0};
    struct sigaction before;
    struct outfile file;
    int ends[2];
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    drain_fd = ends[0];
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &soon, NULL);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], HEADER, sizeof HEADER) > 0)
        continue;
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
    replace(&file, ends[1]);
    add_rows(&file, 0, 200);
    outfile_flush(&file);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(outfile_close(&file), 0);
    assert_int_equal(file.rows_lost, 0);
    close(ends[0]);
}

static void ask_for_too_much(void *file)
{
    outfile_row(file, 4097);
}

static void a_row_beyond_the_promise_is_a_bug(void **state)
{
    struct place *place = *state;
    struct outfile file;
    assert_int_equal(outfile_open(&file, place->fd, "a.csv", HEADER), 0);
    assert_true(dies(ask_for_too_much, &file));
    assert_int_equal(outfile_close(&file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_arrive_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_may_fill_what_is_promised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_may_be_shorter_than_its_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_overwritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_gone_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_a_size_limit_the_last_row_is_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_any_room_the_file_is_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(on_a_full_disk_the_last_row_is_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_that_is_refused_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_cut_back_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_closed_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_interrupted_write_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_beyond_the_promise_is_a_bug, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
