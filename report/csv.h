/* csv.h - the report's tables for spreadsheets, one a file (RFC 4180, but with line feeds; UTF-8
 * without a byte order mark). Numbers are plain decimals: no exponent, no thousands separator; what
 * is not known is an empty field. Headers are ASCII, with units in them. Text that a spreadsheet
 * would run as a formula (it begins with = + - @, a tab or a line's end; CWE-1236) gets a ' in
 * front; bytes that are no UTF-8 are U+FFFD. Columns are appended, none is renamed. Each writer
 * returns 0 or -errno. */
#ifndef TARE_CSV_H
#define TARE_CSV_H

#include "report.h"

#include <stdio.h>

/* A figure a row: run,target,metric,stat,value,unit,requests,quality,low,high,worth,effective_tail.
 * Units: ns, per_s, percent, count; low and high, the ends of the 95 % interval, have them too, and
 * are empty where they are not known. Worth and effective_tail: interval.h. Quality: exact; bucket (within 0.1 %, or 0.8 % where slices had to do); thin (fewer than
 * ten requests lie beyond the percentile); empty for counts. Throughput is of what was done in the
 * measured time, of the successes among it, and of what was sent in it. */
int csv_write_summary(FILE *out, const struct report *report);

/* A bin of time a row: run,runs,start_s,length_s,due,sent,done,errors,bytes_out,bytes_in,in_flight,
 * backlog,p50_ns,p90_ns,p99_ns,max_ns, then what generator and server took: generator_cpu_percent,
 * worker_cpu_percent (of the generator's busiest thread),steal_percent,generator_resident_bytes,
 * server_cpu_percent,server_resident_bytes. Counts are sums over the runs of a group, in_flight,
 * backlog and what was taken are means over its seconds and runs; percent are of one CPU. */
int csv_write_timeseries(FILE *out, const struct report *report);

/* A point of the percentile curve a row: run,percentile,inverse_of_rest,latency_ns,count,low_ns,
 * high_ns,worth. */
int csv_write_distribution(FILE *out, const struct report *report);

/* A target of a run a row, for a sheet to sort: its counts, its rates, and of the latency that the run
 * is judged by (`latency`) the mean, percentiles and their 95 % intervals. */
int csv_write_targets(FILE *out, const struct report *report);

/* A figure of two runs a row, the base's before the other's: base,other,metric,unit,base_value,
 * other_value, then the change in percent of the base (of errors, whose unit is percent, in points)
 * with its 95 % interval, and what is to be made of it: compare.h. What cannot be compared, and is
 * not forced, has no change. A baseline file is a base as well. */
int csv_write_delta(FILE *out, const struct report *report);

/* Writes one text field, quoted and defused where it has to be. */
void csv_write_text(FILE *out, const char *text);

/* Writes a number with at most `decimals` of them, without zeros at the end; nothing where it is not
 * finite. */
void csv_write_decimal(FILE *out, double value, int decimals);

/* Writes three fields: the ends of an interval times `scale`, an open one as nothing, and what it is
 * worth; three empty ones where there is none. worth: or NULL. */
void csv_write_interval(FILE *out, const struct interval *worth, double scale, int decimals);

#endif
