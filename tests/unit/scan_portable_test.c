/* scan_portable_test.c - the tests of scan_test.c, on the way that machines without SSE2 take. */
#define SCAN_PORTABLE 1
#include "scan_test.c"
