/* group.h - which runs a path names: the run folder itself, or the run folders in it, which are
 * repeats. A folder that is named twice there (by a symbolic link beside it) is one run. What is no
 * folder of a run, such as a report, is passed over; what was one and lost its run.json is not. The
 * folder of a search for the highest rate is refused: its runs have different rates. */
#ifndef TARE_GROUP_H
#define TARE_GROUP_H

#include "dataset.h"
#include "fault.h"

/* Finds the runs at the variant's path and reads their run.json into variant->runs. A run that was
 * not made as the first one was is blamed for it: invalid where another load was asked, suspect
 * where it was another server or machine. Returns 0, or -errno with the fault's text. */
int group_read(struct variant *variant, struct fault *fault);

#endif
