/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L

#include "log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The file to write to; without it nothing is written. */
#define LOG_VARIABLE "LAMELLA_INTERPOSER_LOG"

static FILE *file;
static uint64_t loaded_ns;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void open_file(void)
{
    const char *name = getenv(LOG_VARIABLE);
    loaded_ns = now_ns();
    if (name != NULL && name[0] != 0) {
        /* Added to, as the same process may run after another. Lines are written at once: whoever reads along sees them. */
        file = fopen(name, "ae");
        if (file == NULL) {
            fprintf(stderr, "lamella-interposer: cannot write %s=%s; calls are not logged\n", LOG_VARIABLE, name);
        } else {
            setvbuf(file, NULL, _IOLBF, 0);
        }
    }
}

static FILE *log_file(void)
{
    pthread_once(&opened, open_file);
    return file;
}

const char *text(const char *given)
{
    return given != NULL ? given : "(null)";
}

struct call begin(const char *name, const char *format, ...)
{
    struct call call;
    call.name = name;
    call.begun_ns = 0;
    call.arguments[0] = 0;
    if (log_file() != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(call.arguments, sizeof call.arguments, format, arguments);
        va_end(arguments);
        call.begun_ns = now_ns();
    }
    return call;
}

/* Keeps a line a line, whatever a client or the core put into a text. */
static void one_line(char *line)
{
    for (; *line != 0; line++) {
        if ((unsigned char)*line < ' ' || *line == 0x7f) {
            *line = ' ';
        }
    }
}

int32_t end(const struct call *call, int32_t result, const struct lamella_error *error)
{
    FILE *to = log_file();
    if (to != NULL) {
        char line[LOG_ARGUMENT_BYTES + LAMELLA_SENTENCE_BYTES + 160];
        uint64_t done = now_ns();
        snprintf(line, sizeof line, "%10" PRIu64 " us  %s(%s) = %" PRId32 " in %" PRIu64 " us%s%s",
                 (call->begun_ns - loaded_ns) / 1000, call->name, call->arguments, result, (done - call->begun_ns) / 1000,
                 result != 0 && error != NULL ? ": " : "", result != 0 && error != NULL ? error->sentence : "");
        one_line(line);
        fprintf(to, "%s\n", line);
    }
    return result;
}

void log_event(lamella_session session, const struct lamella_event *event)
{
    FILE *to = log_file();
    if (to != NULL) {
        char line[LAMELLA_REASON_BYTES + 256];
        snprintf(line, sizeof line, "%10" PRIu64 " us  event %" PRIu32 " for %" PRIx64
                 ": gfid=%" PRIu32 ", channel=%" PRIu32 ", exception=%" PRIu32 ", value=%" PRIu32 " %s",
                 (now_ns() - loaded_ns) / 1000, event->kind, session, event->gfid, event->channel_id,
                 event->exception_type, event->value, event->text);
        one_line(line);
        fprintf(to, "%s\n", line);
    }
}
