/* output.h - files that appear whole or not at all: written under temporary names in their folder
 * and renamed together at the end (rename(2) replaces atomically). */
#ifndef TARE_OUTPUT_H
#define TARE_OUTPUT_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define OUTPUT_FILES_MAX 16u

struct output_file {
    char *path;      /* where it will be; owned */
    char *temporary; /* where it is written; owned */
};

struct output {
    char *directory; /* owned */
    bool is_new;     /* the folder was made here */
    struct output_file files[OUTPUT_FILES_MAX];
    size_t file_count;
    FILE *open; /* the file that is being written, or NULL */
};

/* Makes the folder, its parents too. To be freed with output_free, after a failure too.
 * Returns 0, or -errno with the fault's text. */
int output_init(struct output *output, const char *directory, struct fault *fault);

/* Begins a file of this name in the folder. Returns its stream, which is output's, or NULL with the
 * fault's text. */
FILE *output_begin(struct output *output, const char *name, struct fault *fault);

/* Ends the file that was begun: everything is on its way to the disk. Returns 0, or -errno with the
 * fault's text: a full disk shows here. */
int output_end(struct output *output, struct fault *fault);

/* Gives all files their names. Returns 0, or -errno with the fault's text. */
int output_commit(struct output *output, struct fault *fault);

/* Removes what was not committed, and a folder that was made in vain. */
void output_free(struct output *output);

#endif
