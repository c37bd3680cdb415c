/* fault.h - what a person is told when something cannot be done: cause, place and remedy. */
#ifndef TARE_FAULT_H
#define TARE_FAULT_H

#define FAULT_TEXT_MAX 6144u /* a path of PATH_MAX bytes, and what is to be done about it */

struct fault {
    char text[FAULT_TEXT_MAX]; /* "" while there is none; lines after the first begin with blanks */
};

/* Writes the text, as printf(3), cut where it is too long. What is no UTF-8 and control characters,
 * which a broken file may have brought in, become question marks. Returns -EINVAL, for `return
 * fault_set(...)`. */
int fault_set(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a failed system call: ": " and the words of `error`, a positive errno, are added.
 * Returns -error. */
int fault_set_errno(struct fault *fault, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
