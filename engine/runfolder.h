/* runfolder.h - the run folder: made, never overwritten. */
#ifndef TARE_RUNFOLDER_H
#define TARE_RUNFOLDER_H

#define RUNFOLDER_PATH_MAX 4096
#define RUNFOLDER_ERROR_MAX 5120

struct runfolder {
    char path[RUNFOLDER_PATH_MAX];
    int fd; /* open for openat(2) */
};

/* Makes the folder `wanted` with its parents, or takes it where it is empty; NULL: results/UTC time,
 * with a suffix where that is taken. Returns 0; or -errno, and cause and remedy in `error`: it holds a
 * run already, it holds other files, it cannot be made. */
int runfolder_open(struct runfolder *folder, const char *wanted, char error[RUNFOLDER_ERROR_MAX]);

/* Takes back what a run that never began has left: its files, and the folder where it is then empty. */
void runfolder_discard(struct runfolder *folder);

/* The same for the path of a run that is over, where its folder was a temporary one. */
void runfolder_remove(const char *path);

/* Makes every folder of a path. Returns 0 where the last did not exist, -EEXIST where it did, or another
 * -errno. */
int runfolder_make_path(const char *path);

void runfolder_close(struct runfolder *folder);

#endif
