/* separators_portable_test.c - the tests of separators_test.c, on the way that other machines take.
 */
#define SEPARATORS_PORTABLE 1
#include "../../report/separators.c"

#include "separators_test.c"
