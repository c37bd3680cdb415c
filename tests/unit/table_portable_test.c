/* table_portable_test.c - the tests of table_test.c, on the way that machines without SSE2 take. */
#define TABLE_PORTABLE 1
#include "../../report/table.c"

#include "table_test.c"
