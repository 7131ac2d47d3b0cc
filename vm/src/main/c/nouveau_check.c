// SPDX-License-Identifier: Apache-2.0
/*
 * Does a GPU's work from a program, through nouveau's public interface as Mesa uses it, and verifies every byte.
 *
 *   nouveau_check [MODE] [SEED]
 *   nouveau_check load SEED [SECONDS [COPY_BYTES [COPIES_PER_PUSH [DEPTH]]]]
 *
 * MODE is "copy" (the default), "processes", or a way to misbehave: "unmapped", "stuck", "class", "method", "freeing", "storm".
 * Each thing that it tries is one line of "path NAME copies=N bytes=N mib_per_s=N"; a load, which ends early when told to terminate, says what it did
 * in a line "load ...". The last line is "CHECK ok", or "CHECK failed: " and why. The exit code is 0 or 1 accordingly.
 */
#define _GNU_SOURCE
#include "check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void processes(uint64_t seed) {
    enum { PROCESSES = 3 };
    pid_t children[PROCESSES];
    int status, bad = 0;
    uint64_t start = nanos();
    fflush(stdout);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            random_state = seed + 1000u * (unsigned) (i + 1);
            struct rig rig = open_rig();
            path_copies(&rig, "gart-vram", &rig.vram, &rig.gart);
            path_copies(&rig, "vram-vram", &rig.other, &rig.vram);
            fflush(stdout);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++)
        if (children[i] < 0 || waitpid(children[i], &status, 0) < 0 || status != 0)
            bad++;
    if (bad)
        fail("%d of %d processes failed", bad, PROCESSES);
    report("processes", PROCESSES, 0, nanos() - start);
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "copy";
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 20261122;
    random_state = seed * 2 + 1;
    printf("check mode=%s seed=%llu\n", mode, (unsigned long long) seed);
    if (!strcmp(mode, "processes")) {
        processes(seed);
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
