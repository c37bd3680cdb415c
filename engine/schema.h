/* schema.h - the run folder's contract between engine and reporter: files, columns, closed lists.
 * Columns are appended, none is renamed; a change that old readers would misread raises
 * SCHEMA_VERSION. Times are integers in ns. Pure: no I/O, no clock, no allocation. */
#ifndef TARE_SCHEMA_H
#define TARE_SCHEMA_H

#include "outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARE_VERSION "0.1.0"
#define SCHEMA_VERSION 1

#define SCHEMA_FILE_RUN "run.json"
#define SCHEMA_FILE_SAMPLES "samples.csv"
#define SCHEMA_FILE_HISTOGRAMS "histograms.csv"
#define SCHEMA_FILE_SECONDS "seconds.csv"
#define SCHEMA_FILE_RESOURCES "resources.csv"
#define SCHEMA_FILE_WEIGHT "weight.json" /* of a machine: lies beside its run folders */

/* Beside the run folders of a search for the highest rate (find_rate.h), with a version of its own. */
#define SCHEMA_FILE_FIND_RATE "find-rate.json"
#define SCHEMA_FIND_RATE_VERSION 1

/* Header lines, without the line's end. */
#define SCHEMA_HEADER_SAMPLES                                                                      \
    "scheduled_ns,wait_ns,send_lag_ns,connect_ns,tls_ns,first_byte_ns,service_ns,receive_lag_ns,"  \
    "server_ns,status,outcome,target,connection,attempt,phase,bytes_out,bytes_in,stamp,request,"   \
    "last,group,send_path_ns"
#define SCHEMA_HEADER_HISTOGRAMS "slice_ns,phase,target,outcome,series,low_ns,high_ns,count"
/* Followed by a column per outcome, in the order of enum outcome. */
#define SCHEMA_HEADER_SECONDS "second,phase,target,due,sent,done,bytes_out,bytes_in,in_flight,backlog"
#define SCHEMA_HEADER_RESOURCES                                                                    \
    "second,process,pid,cpu_user_ns,cpu_system_ns,resident_bytes,descriptors,threads,steal_ns"

enum schema_column {
    COLUMN_SCHEDULED_NS,
    COLUMN_WAIT_NS,
    COLUMN_SEND_LAG_NS,
    COLUMN_CONNECT_NS,
    COLUMN_TLS_NS,
    COLUMN_FIRST_BYTE_NS,
    COLUMN_SERVICE_NS,
    COLUMN_RECEIVE_LAG_NS,
    COLUMN_SERVER_NS,
    COLUMN_STATUS,
    COLUMN_OUTCOME,
    COLUMN_TARGET,
    COLUMN_CONNECTION,
    COLUMN_ATTEMPT,
    COLUMN_PHASE,
    COLUMN_BYTES_OUT,
    COLUMN_BYTES_IN,
    COLUMN_STAMP,
    COLUMN_REQUEST,
    COLUMN_LAST,
    COLUMN_GROUP,
    COLUMN_SEND_PATH_NS, /* files of version 0.1.0 end before it */
    COLUMN_COUNT
};

/* A run's stretches: warmup and measure by what was scheduled then; grace is what follows the
 * measured time while the last answers come in. */
enum phase { PHASE_WARMUP, PHASE_MEASURE, PHASE_GRACE, PHASE_COUNT };

/* How good `service_ns` is: exact, the kernel's stamp of the response's last segment; shared, the
 * stamp of a receive that held more than this response; engine, no stamp, the moment the engine saw
 * the byte. none: no response, the column is empty. */
enum stamp { STAMP_EXACT, STAMP_SHARED, STAMP_ENGINE, STAMP_NONE, STAMP_COUNT };

/* The latencies of histograms.csv. Response exists in open loop only; send_path and wire have the
 * requests that carried a transmit stamp. */
enum series {
    SERIES_SERVICE,
    SERIES_RESPONSE,
    SERIES_WAIT,
    SERIES_CONNECT,
    SERIES_TLS,
    SERIES_FIRST_BYTE,
    SERIES_SEND_LAG,
    SERIES_RECEIVE_LAG,
    SERIES_SEND_PATH, /* from sent until the kernel handed the request to the device */
    SERIES_WIRE,      /* service time without it */
    SERIES_COUNT
};

/* A time that is not known: an empty field. */
#define SCHEMA_NS_NONE INT64_MIN

/* A row of samples.csv: one attempt at a request that was due. Times in ns, as DESIGN.md's words
 * have them; SCHEMA_NS_NONE where empty. */
struct sample {
    int64_t scheduled_ns; /* since the run's start */
    int64_t wait_ns;
    int64_t send_lag_ns;
    int64_t connect_ns;
    int64_t tls_ns;
    int64_t first_byte_ns;
    int64_t service_ns;
    int64_t receive_lag_ns;
    int64_t server_ns;  /* the server's own word */
    int64_t send_path_ns; /* transmit stamp minus sent, of requests that carried one */
    uint64_t request;   /* its number in the schedule */
    uint32_t connection; /* serial number of the TCP connection in the run */
    uint32_t group;
    /* From here on rows of a run have much in common: row.c compares these as one piece. */
    uint64_t bytes_in;
    uint32_t bytes_out;
    uint16_t target;
    uint16_t status; /* 0: none, an empty field */
    uint16_t attempt; /* from 1 */
    uint8_t outcome; /* enum outcome */
    uint8_t phase;   /* enum phase */
    uint8_t stamp;   /* enum stamp */
    bool last;
    bool has_group;      /* else `group` is an empty field */
    bool has_connection; /* else `connection` is an empty field: unsent */
};

const char *schema_column_name(enum schema_column column);
const char *schema_phase_name(enum phase phase);
const char *schema_stamp_name(enum stamp stamp); /* "" for STAMP_NONE */
const char *schema_series_name(enum series series);

/* Find a member of a closed list by its name of `size` bytes; false where there is none. */
bool schema_phase_parse(const char *name, size_t size, enum phase *phase);
bool schema_stamp_parse(const char *name, size_t size, enum stamp *stamp);
bool schema_series_parse(const char *name, size_t size, enum series *series);

/* Response time in ns: wait + connect + tls + send lag + service, where a row has them all; where it
 * has not, the sum of those it has, which is a lower bound (censored and failed requests). */
int64_t schema_response_ns(const struct sample *sample);

/* Service time from the transmit stamp on, SCHEMA_NS_NONE where a row has not both. */
int64_t schema_wire_ns(int64_t service_ns, int64_t send_path_ns);

/* The value of one series in a row, SCHEMA_NS_NONE where the row has none. */
int64_t schema_series_ns(const struct sample *sample, enum series series);

/* The same of all series. */
void schema_series_all_ns(const struct sample *sample, int64_t values_ns[SERIES_COUNT]);

/* The start in ns of the time slice that holds `scheduled_ns`: slices of 100 ms in the first minute,
 * of 1 s until ten minutes, of 10 s after; times before the start belong to slice 0. */
int64_t schema_slice_ns(int64_t scheduled_ns);

/* The end in ns of the slice that begins at `slice_ns`: where the next one begins. */
int64_t schema_slice_end_ns(int64_t slice_ns);

#endif
