/* small_limits.h - included before all else when fuzzing, so that short inputs reach the limits. */
#include "limits.h"

#undef LIMIT_RESPONSE_LINE_MAX_BYTES
#undef LIMIT_RESPONSE_HEAD_MAX_BYTES
#undef LIMIT_INTERIM_MAX
#define LIMIT_RESPONSE_LINE_MAX_BYTES 150u
#define LIMIT_RESPONSE_HEAD_MAX_BYTES 400u
#define LIMIT_INTERIM_MAX 3u
