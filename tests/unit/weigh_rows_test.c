/* Rows of samples.csv read back, and percentiles of what two of their columns differ by. */
#include "weigh_rows.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char folder[64], file[96];
    FILE *out;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->folder, "/tmp/tare-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->file, sizeof place->file, "%s/" SCHEMA_FILE_SAMPLES, place->folder);
    place->out = fopen(place->file, "w");
    fprintf(place->out, "%s\n", SCHEMA_HEADER_SAMPLES);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlink(place->file);
    rmdir(place->folder);
    free(place);
    return 0;
}

/* The header says which fields lie between those that matter here. */
static void write_row(struct place *place, const char *service, const char *server,
                      const char *outcome, const char *phase)
{
    fprintf(place->out, "1,0,100,0,0,5,%s,7,%s,200,%s,0,1,1,%s,60,120,exact,1,1,\n", service, server,
            outcome, phase);
}

static struct weigh_rows read_rows(struct place *place)
{
    struct weigh_rows rows;
    fclose(place->out);
    assert_int_equal(weigh_rows_read(place->folder, COLUMN_SERVER_NS, &rows), 0);
    return rows;
}

static void only_rows_that_have_both_count(void **state)
{
    struct place *place = *state;
    write_row(place, "50", "20", "ok", "measure");
    write_row(place, "60", "", "ok", "measure");
    write_row(place, "", "20", "ok", "measure");
    write_row(place, "70", "20", "ok", "warmup");
    write_row(place, "80", "20", "timeout", "measure");
    write_row(place, "90", "0", "ok", "measure");
    fprintf(place->out, "1,2,3\n");
    struct weigh_rows rows = read_rows(place);
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.service_ns[0], 50);
    assert_int_equal(rows.other_ns[0], 20);
    assert_int_equal(rows.service_ns[1], 90);
    assert_int_equal(rows.other_ns[1], 0);
    weigh_rows_free(&rows);
}

/* Service times of 1001 to 11000, the other column 10 in the lower 90 % and 20 above: p50 is off by
 * 10, p99 and p99.9 by 20. */
static void percentiles_of_rows_and_of_what_is_left(void **state)
{
    struct place *place = *state;
    for (int i = 1; i <= 10000; i++) {
        char service[16];
        snprintf(service, sizeof service, "%d", 1000 + (i * 7919) % 10000 + 1);
        write_row(place, service, (i * 7919) % 10000 < 9000 ? "10" : "20", "ok", "measure");
    }
    struct weigh_rows rows = read_rows(place);
    const struct weight_spread other = weigh_rows_other(&rows), single = weigh_rows_single(&rows),
                               shift = weigh_rows_shift(&rows);
    assert_int_equal(rows.count, 10000);
    assert_int_equal(other.count, 10000);
    assert_int_equal(other.p50_ns, 10);
    assert_int_equal(other.p99_ns, 20);
    assert_int_equal(single.p50_ns, 6000 - 10);
    assert_int_equal(single.p99_ns, 10900 - 20);
    assert_int_equal(single.p999_ns, 10990 - 20);
    assert_int_equal(shift.count, 10000);
    assert_int_equal(shift.p50_ns, 10);
    assert_int_equal(shift.p99_ns, 20);
    assert_int_equal(shift.p999_ns, 20);
    weigh_rows_free(&rows);
}

static void no_rows_have_no_percentiles(void **state)
{
    struct place *place = *state;
    struct weigh_rows rows = read_rows(place);
    assert_int_equal(rows.count, 0);
    assert_int_equal(weigh_rows_other(&rows).count, 0);
    assert_int_equal(weigh_rows_shift(&rows).count, 0);
    weigh_rows_free(&rows);
    assert_int_equal(weigh_rows_read("/nonexistent", COLUMN_SERVER_NS, &rows), -ENOENT);
    weigh_rows_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_rows_that_have_both_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(percentiles_of_rows_and_of_what_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_rows_have_no_percentiles, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
