/* folder.h - reads a run folder's run.json into struct run (dataset.h): strict about what a report
 * needs, tolerant of keys that it does not know. */
#ifndef TARE_FOLDER_H
#define TARE_FOLDER_H

#include "dataset.h"
#include "fault.h"

/* run.json of 1024 targets with long URLs is smaller than this. */
#define RUN_DOCUMENT_MAX_BYTES (32u * 1024 * 1024)

/* Reads `path`/run.json. run: storage of the caller's, zeroed; to be freed with folder_free, after
 * a failure too. A run whose end was not written (state "running") is invalid, and says so. Returns
 * 0, or -errno with the fault's text. */
int folder_read(struct run *run, const char *path, struct fault *fault);
void folder_free(struct run *run);

/* Makes the run's verdict at least this bad, and says why; `sentence` as printf(3). What does not
 * fit is dropped after the RUN_REASONS_MAX-th. */
void folder_blame(struct run *run, enum run_verdict verdict, const char *name, const char *sentence,
                  ...) __attribute__((format(printf, 4, 5)));

/* "DIRECTORY/NAME", owned; NULL where memory is short. */
char *folder_file_path(const char *directory, const char *name);

#endif
