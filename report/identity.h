/* identity.h - what has to be equal in a run, whoever counted it: requests due, distinct requests,
 * rows with last = 1 and the sum of outcomes; attempts and rows. A run in which they are not has
 * lost or invented something, and is invalid. Pure. */
#ifndef TARE_IDENTITY_H
#define TARE_IDENTITY_H

#include "buckets.h"
#include "dataset.h"
#include "samples.h"
#include "second_rows.h"

/* Holds run.json's own sums, and what was read of samples.csv, against each other and blames the
 * run for each that differs. seen: NULL where the run has no samples.csv. Says nothing of a run
 * whose end was not written. */
void identity_check(struct run *run, const struct samples_seen *seen);

/* Holds the outcomes that histograms.csv was counted for against run.json's. Where requests had
 * several attempts, only the sum of them could be compared, and nothing is. */
void identity_check_buckets(struct run *run, const struct buckets_seen *seen);

/* Holds what seconds.csv says of the measured phase against run.json. */
void identity_check_seconds(struct run *run, const struct second_rows_seen *seen);

#endif
