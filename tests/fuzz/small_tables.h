/* small_tables.h - included before all else when the reporter's readers are fuzzed, so that short
 * inputs cross the ends of blocks, and none waits for large ones to be cleared. */
#include "samples.h"
#include "table.h"

#undef TABLE_BLOCK_BYTES
#undef TABLE_ROW_MAX_BYTES
#undef SAMPLES_DISTINCT_FIRST_WORDS
#define TABLE_BLOCK_BYTES 1024u
#define TABLE_ROW_MAX_BYTES 600u
#define SAMPLES_DISTINCT_FIRST_WORDS 4u
