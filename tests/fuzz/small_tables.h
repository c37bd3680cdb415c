/* small_tables.h - included before all else when the reporter's readers are fuzzed, so that short
 * inputs cross the ends of blocks. */
#include "table.h"

#undef TABLE_BLOCK_BYTES
#undef TABLE_ROW_MAX_BYTES
#define TABLE_BLOCK_BYTES 1024u
#define TABLE_ROW_MAX_BYTES 600u
