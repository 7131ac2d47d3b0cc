/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned number;
static unsigned failed;
static unsigned char seen[sizeof(struct lamella_core_ops) / sizeof(void *) + 1];
static __thread struct lamella_error last;

struct lamella_error *why(void)
{
    return &last;
}

static void line(int holds, const char *format, va_list arguments)
{
    number++;
    failed += !holds;
    printf("%s %u - ", holds ? "ok" : "not ok", number);
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
}

void ok(int holds, const char *format, ...)
{
    va_list arguments;
    pthread_mutex_lock(&lock);
    va_start(arguments, format);
    line(holds, format, arguments);
    va_end(arguments);
    pthread_mutex_unlock(&lock);
}

void is(int32_t due, int32_t found, const char *format, ...)
{
    va_list arguments;
    pthread_mutex_lock(&lock);
    va_start(arguments, format);
    line(due == found, format, arguments);
    va_end(arguments);
    if (due != found) {
        printf("# returned %d, %d was due%s%s\n", (int)found, (int)due, found != 0 ? ": " : "", found != 0 ? last.sentence : "");
    } else if (found != 0 && (last.code != found || last.sentence[0] == 0)) {
        printf("not ok %u - the error says the same as the result, in a sentence\n", ++number);
        failed++;
    }
    last.code = 0;
    last.sentence[0] = 0;
    pthread_mutex_unlock(&lock);
}

void driven(size_t offset)
{
    pthread_mutex_lock(&lock);
    seen[offset / sizeof(void *)] = 1;
    pthread_mutex_unlock(&lock);
}

int finish(void)
{
    size_t at;
    size_t missing = 0;
    for (at = offsetof(struct lamella_core_ops, gpu_open); at < sizeof(struct lamella_core_ops); at += sizeof(void *)) {
        if (!seen[at / sizeof(void *)]) {
            printf("# function at offset %u of the table was not driven\n", (unsigned)at);
            missing++;
        }
    }
    ok(missing == 0, "every function of the table was driven");
    printf("1..%u\n", number);
    return failed == 0 ? 0 : 1;
}
