/* gate_parts.h - what the judges of gates share; for gate*.c alone. */
#ifndef TARE_GATE_PARTS_H
#define TARE_GATE_PARTS_H

#include "gate.h"

/* Why a gate finds nothing to judge in a variant; NULL where it does. Static storage. */
const char *gate_find_void(const struct gate *gate, const struct variant *variant);

#endif
