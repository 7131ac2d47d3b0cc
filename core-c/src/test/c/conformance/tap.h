/* SPDX-License-Identifier: Apache-2.0 */
/* One line for each thing that was found out, as the Test Anything Protocol has it. */
#ifndef CONFORMANCE_TAP_H
#define CONFORMANCE_TAP_H

#include "lamella_core.h"

#include <stddef.h>

/* Whether something holds. May be called from any thread. */
void ok(int holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether a call returned what is due; tells the sentence of the last error if not. */
void is(int32_t due, int32_t found, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* For the error argument of calls: each thread has its own. */
struct lamella_error *why(void);

/* Notes that a function of the table is driven. */
void driven(size_t offset);

/* Ends the report: was every function of the table driven? Returns what the program is to return. */
int finish(void);

#endif
