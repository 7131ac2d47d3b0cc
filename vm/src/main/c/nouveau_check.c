// SPDX-License-Identifier: Apache-2.0
/*
 * Does a GPU's work from a program, through nouveau's public interface as Mesa uses it, and verifies every byte.
 *
 *   nouveau_check [MODE] [SEED]
 *   nouveau_check load SEED [SECONDS [COPY_BYTES [COPIES_PER_PUSH [DEPTH]]]]
 *
 * MODE is "copy" (the default), "processes", "pushbuf" for the driver's older interface, or a way to misbehave: "unmapped", "stuck", "class",
 * "method", "garbage", "endless", "words", "freeing", "storm".
 * Each thing that it tries is one line of "path NAME copies=N bytes=N mib_per_s=N"; a load, which ends early when told to terminate, says what it did
 * in a line "load ...". The last line is "CHECK ok", or "CHECK failed: " and why. The exit code is 0 or 1 accordingly.
 */
#define _GNU_SOURCE
#include "check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "copy";
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 20261122;
    random_state = seed * 2 + 1;
    printf("check mode=%s seed=%llu\n", mode, (unsigned long long) seed);
    if (!strcmp(mode, "processes")) {
        processes(seed);
    } else if (!strcmp(mode, "pushbuf")) {
        older_interface(seed);
    } else if (!strcmp(mode, "load")) {
        keep_busy(argc, argv);
    } else {
        struct rig rig = open_rig();
        if (!strcmp(mode, "copy"))
            copies(&rig);
        else
            misbehave(&rig, mode);
    }
    printf("CHECK ok\n");
    return 0;
}
