// SPDX-License-Identifier: Apache-2.0
/* Keeps a channel busy with copies within video memory, and says how many there were and how long pushes took. */
#define _GNU_SOURCE
#include "check.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DEPTH 64
#define MOST_SAMPLES (1u << 20)
#define WORDS_PER_COPY 12

static volatile sig_atomic_t stopped;

static void stop(int signal_number) {
    (void) signal_number;
    stopped = 1;
}

static int by_value(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *) one, b = *(const uint32_t *) other;
    return a < b ? -1 : a > b;
}

static uint64_t number(int arguments, char **argument, int index, uint64_t least, uint64_t most, uint64_t otherwise) {
    uint64_t value = index < arguments ? strtoull(argument[index], NULL, 0) : otherwise;
    if (value < least || value > most)
        fail("argument %d of load is from %llu to %llu, not %llu", index, (unsigned long long) least, (unsigned long long) most,
             (unsigned long long) value);
    return value;
}

/* Where the copy is, in both buffers. */
static uint64_t place(uint64_t index, uint64_t bytes) {
    return index * ((bytes + 4095) & ~4095ull) % (BUFFER_BYTES - bytes + 1) & ~4095ull;
}

/* load SEED SECONDS COPY_BYTES COPIES_PER_PUSH DEPTH: until the time is over or SIGTERM comes, DEPTH pushes under way all the time */
void keep_busy(int arguments, char **argument) {
    uint64_t seconds = number(arguments, argument, 3, 1, 86400, 5);
    uint64_t bytes = number(arguments, argument, 4, 1, BUFFER_BYTES, 1u << 20);
    uint64_t per_push = number(arguments, argument, 5, 1, PUSH_BYTES / 4 / WORDS_PER_COPY - 1, 64);
    uint64_t depth = number(arguments, argument, 6, 1, MOST_DEPTH, 4);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    uint32_t *micros = malloc(MOST_SAMPLES * sizeof *micros), fences[MOST_DEPTH];
    uint64_t begun[MOST_DEPTH], pushes = 0, done = 0;
    struct rig rig = open_rig();
    if (!micros)
        fail("the guest has too little memory");
    load(&rig, &rig.vram);
    load(&rig, &rig.other);
    for (uint64_t i = 0; i < per_push; i++)
        copy(&rig.channel, rig.other.address + place(i, bytes), rig.vram.address + place(i, bytes), (uint32_t) bytes);
    /* every push is the same words, so the push buffer may be in use by all of them */
    uint32_t words = rig.channel.words;
    rig.channel.words = 0;
    for (uint64_t i = 0; i < depth; i++)
        fences[i] = make_fence();
    uint64_t start = nanos(), end = start + seconds * 1000000000ull;
    while (done < pushes || (!stopped && nanos() < end)) {
        uint64_t slot = done % depth;
        if (pushes - done < depth && !stopped && nanos() < end) {
            slot = pushes % depth;
            reset_fence(fences[slot]);
            begun[slot] = nanos();
            must(submit_words(&rig.channel, words, 1, fences[slot]), "EXEC of a load");
            pushes++;
        } else {
            wait_fence(fences[slot], "a push of a load");
            micros[done % MOST_SAMPLES] = (uint32_t) ((nanos() - begun[slot]) / 1000);
            done++;
        }
    }
    double took = (double) (nanos() - start) / 1e9;
    for (uint64_t i = 0; i < per_push && pushes; i++)
        memcpy(rig.other.shadow + place(i, bytes), rig.vram.shadow + place(i, bytes), bytes);
    verify(&rig, "load", &rig.other);
    uint64_t samples = done < MOST_SAMPLES ? done : MOST_SAMPLES;
    qsort(micros, samples, sizeof *micros, by_value);
    if (!samples)
        fail("the load was stopped before it did anything");
    printf("load seconds=%.3f copies=%llu bytes=%llu mib_per_s=%.1f pushes=%llu p50_us=%u p90_us=%u p99_us=%u max_us=%u\n", took,
           (unsigned long long) (pushes * per_push), (unsigned long long) (pushes * per_push * bytes),
           (double) (pushes * per_push * bytes) / 1048576.0 / took, (unsigned long long) pushes, micros[samples / 2],
           micros[samples * 9 / 10], micros[samples * 99 / 100], micros[samples - 1]);
    fflush(stdout);
}
