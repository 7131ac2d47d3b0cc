/* SPDX-License-Identifier: Apache-2.0 */
/* The interposer's log: one line for each call when it returns, and one for each event. */
#ifndef INTERPOSER_LOG_H
#define INTERPOSER_LOG_H

#include "lamella_core.h"

#include <stddef.h>

#define LOG_ARGUMENT_BYTES 384

/* A call that is under way. */
struct call {
    const char *name;
    uint64_t begun_ns;
    char arguments[LOG_ARGUMENT_BYTES];
};

/* Notes a call's name, time and arguments. Without a log it costs one comparison. */
struct call begin(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes the call's line and returns its result. error may be NULL. */
int32_t end(const struct call *call, int32_t result, const struct lamella_error *error);

void log_event(lamella_session session, const struct lamella_event *event);

/* Text of a caller's that may be NULL. */
const char *text(const char *given);

#endif
