/* limits.h - every limit of tare, with its name and its reason (DESIGN.md, principle 4).
 * A limit that relates to another says so in a static assertion. */
#ifndef TARE_LIMITS_H
#define TARE_LIMITS_H

#include <assert.h>

#define NS_PER_US 1000LL
#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL

/* What a command line may ask for. */
#define LIMIT_CONNECTIONS_MAX 1000000u /* also bounded by RLIMIT_NOFILE, checked at set-up */
#define LIMIT_THREADS_MAX 256u
#define LIMIT_PIPELINE_MAX 64u /* requests on a connection at once; one bit each in a word of 64 */
#define LIMIT_TARGETS_MAX 1024u
#define LIMIT_WEIGHTS_MAX 65536u /* of all targets together, without their common divisor */
#define LIMIT_METHOD_MAX_BYTES 32u
#define LIMIT_RATE_MAX 100000000u         /* requests per second */
#define LIMIT_TIME_MAX_NS (7LL * 24 * 3600 * NS_PER_S)
#define LIMIT_HEADERS_MAX 256u            /* -H, per target */
#define LIMIT_EXPECTATIONS_MAX 32u        /* --expect */
#define LIMIT_ADDRESSES_MAX 64u           /* of a server, and of --source */
#define LIMIT_BODY_MAX_BYTES (1u << 30)   /* a request's body, or a file of body lines */
#define LIMIT_URL_MAX_BYTES 8192u
#define LIMIT_REQUESTS_MAX_BYTES (4ull << 30) /* rendered for all lines of a file of bodies */

/* What a plan may hold. */
#define LIMIT_PLAN_BYTES (1u << 20)      /* the file */
#define LIMIT_PLAN_NODES 20000u          /* values in it, aliases counted as what they stand for */
#define LIMIT_PLAN_DEPTH 32u              /* of maps and lists in each other */
#define LIMIT_PLAN_TEXT_BYTES (4u << 20)  /* of all texts with their variables, aliases copied */
#define LIMIT_PLAN_NAME_BYTES 64u         /* a name of a target, a scenario, a variable ... */
#define LIMIT_STAGES_MAX 64u              /* of one load that changes */

/* What a server may send. */
#define LIMIT_RESPONSE_HEAD_MAX_BYTES (256u * 1024) /* status line and fields of one response */
#define LIMIT_RESPONSE_LINE_MAX_BYTES (64u * 1024)  /* one line of them, or one chunk's size line */
#define LIMIT_LOCATION_MAX_BYTES 2048u              /* of a redirect that is followed */
#define LIMIT_INTERIM_MAX 16u                       /* 1xx responses before a final one */

/* The ring. A completion queue of CQ_ENTRIES holds every buffer and every operation that can end
 * in one turn, so that it cannot overflow by construction. */
#define LIMIT_SUBMIT_BATCH 15u       /* sends in one submit, see struct send_batch */
#define LIMIT_SQ_ENTRIES 1024u
#define LIMIT_SQ_ENTRIES_MIN 32u     /* TARE_DISABLE=cq_room, for both queues */
#define LIMIT_BUFFERS_MIN 64u
#define LIMIT_BUFFERS_FEWEST 2u      /* TARE_DISABLE=buffer_room */
#define LIMIT_BUFFERS_MAX 2048u
#define LIMIT_BUFFER_BYTES 4096u       /* the stub's, each */
#define LIMIT_BUFFER_BYTES_MIN 2048u   /* each, by how many there are: the fewer, the larger */
#define LIMIT_BUFFER_BYTES_MAX 8192u   /* 4 KiB with its head is one receive */
#define LIMIT_BUFFERS_BYTES (LIMIT_BUFFERS_MAX * LIMIT_BUFFER_BYTES_MIN) /* of all of them */
#define LIMIT_OWN_BUFFERS 1024u        /* connections with a receive buffer of their own, a thread */
#define LIMIT_RESPONSE_LARGE_BYTES 16384u /* from here on a connection wants one */
#define LIMIT_CQ_ENTRIES_MAX 65536u
static_assert(LIMIT_BUFFERS_MAX < LIMIT_CQ_ENTRIES_MAX, "a buffer never lacks its completion");
static_assert(2 * LIMIT_SUBMIT_BATCH < LIMIT_SQ_ENTRIES_MIN, "a batch fits the submission queue");

#define LIMIT_RETRIES_WAITING (1u << 16) /* requests of a thread that wait for another attempt */
#define LIMIT_RETRIES_MAX 100u           /* --retry */

/* Recording. */
#define LIMIT_SAMPLES_QUEUED (1u << 16) /* samples between a worker and the writer */
#define LIMIT_SAMPLES_FEWEST 32u        /* beside two a connection: TARE_DISABLE=queue_room */
#define LIMIT_SLICES_OPEN 16u           /* time slices of histograms.csv held before they are written */
#define LIMIT_SPREADSHEET_ROWS 1048576u /* Excel and LibreOffice, header included */

/* The search for the highest rate that holds. */
#define LIMIT_SEARCH_STEPS_MAX 60u             /* a climb over all rates, halving, and repeats */
#define LIMIT_SEARCH_FLOOR 100u                /* requests/s: where it starts, and descends to */
#define LIMIT_SEARCH_RESOLUTION_PPM 25000u     /* of the lower end: how wide an answer may be */
#define LIMIT_SEARCH_STEP_DEFAULT_NS (2 * NS_PER_S)
#define LIMIT_SEARCH_STEP_NS (30 * NS_PER_S)   /* a step may be longer than -d by this */
#define LIMIT_SEARCH_DRAIN_NS (10 * NS_PER_S)  /* waited for an idle server before a step */
#define LIMIT_GOALS_MAX 8u                     /* --find-rate, all of which must hold */

/* Latencies above this are counted as overflow: 2^47 ns are 39 hours. */
#define LIMIT_LATENCY_BITS 47
static_assert((1LL << LIMIT_LATENCY_BITS) > 24 * 3600 * NS_PER_S, "a day of latency is recorded");

/* The stub: what a client may send it, and how precise it is. */
#define LIMIT_STUB_CONNECTIONS_MAX 131072u         /* a thread; also bounded by RLIMIT_NOFILE */
#define LIMIT_STUB_HEAD_MAX_BYTES (64u * 1024)     /* a request's head, its trailers, a size line */
#define LIMIT_STUB_METHOD_MAX_BYTES 32u
#define LIMIT_STUB_VALUE_MAX_BYTES 128u            /* of a field that framing needs */
#define LIMIT_STUB_LOG_BODY_BYTES 4096u            /* of a body, in the log */
#define LIMIT_STUB_LOG_BUFFER_BYTES (256u * 1024)  /* log lines between two writes */
#define LIMIT_STUB_PIPELINE_MAX 16384u             /* requests read and not yet answered */
#define LIMIT_STUB_RUNS_MAX 16u                    /* --null: stretches of one kind among them */
#define LIMIT_STUB_TURNS_MAX 64u                   /* times in --delay turns: */
#define LIMIT_STUB_SERVERS_MAX 1000000u             /* that requests queue for */
#define LIMIT_STUB_SPIN_NS (50 * NS_PER_US)        /* awake before a reply is due */
#define LIMIT_STUB_LINGER_NS (1 * NS_PER_S)        /* for a client that still sends at the end */
#define LIMIT_STUB_RETRY_NS (10 * NS_PER_MS)       /* after the kernel failed to accept */

#endif
