// SPDX-License-Identifier: Apache-2.0
/* Several channels at the same time, of one program and of many. */
#define _GNU_SOURCE
#include "check.h"
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Channels that hand one buffer on, each waiting for the one before, and others that work at the same time. */
void path_chain(struct rig *rig) {
    enum { CHANNELS = 4, TURNS = 5, PIECE = 1 << 20 };
    struct channel channels[CHANNELS];
    uint32_t fences[CHANNELS * TURNS], before = 0;
    load(rig, &rig->vram);
    load(rig, &rig->other);
    for (int i = 0; i < CHANNELS; i++)
        channels[i] = make_channel();
    uint64_t start = nanos();
    for (int i = 0; i < CHANNELS * TURNS; i++) {
        struct channel *channel = &channels[i % CHANNELS];
        struct buffer *to = i % 2 ? &rig->vram : &rig->other, *from = i % 2 ? &rig->other : &rig->vram;
        uint64_t at_to = (uint64_t) (i % 7) * 1000003, at_from = (uint64_t) (i % 5) * 900001;
        /* a push buffer may be written again only when its channel is past it */
        if (i >= CHANNELS)
            wait_fence(fences[i - CHANNELS], "chain");
        fences[i] = make_fence();
        copy(channel, to->address + at_to, from->address + at_from, PIECE);
        memcpy(to->shadow + at_to, from->shadow + at_from, PIECE);
        must(submit(channel, before, fences[i]), "EXEC on one of several channels");
        before = fences[i];
    }
    wait_fence(before, "chain");
    uint64_t took = nanos() - start;
    for (int i = 0; i < CHANNELS; i++)
        drop_channel(&channels[i]);
    verify(rig, "chain", &rig->vram);
    verify(rig, "chain", &rig->other);
    report("chain", CHANNELS * TURNS, (uint64_t) CHANNELS * TURNS * PIECE, took);
}

/* Channels that wait for nothing and work at the same time, each on its own part of two buffers, with several pushes under way. */
void path_overlap(struct rig *rig) {
    enum { CHANNELS = 8, PUSHES = 6, COPIES = 16, PART = BUFFER_BYTES / CHANNELS };
    struct channel channels[CHANNELS];
    uint32_t fences[CHANNELS][PUSHES];
    uint64_t bytes = 0;
    load(rig, &rig->vram);
    load(rig, &rig->other);
    for (int i = 0; i < CHANNELS; i++)
        channels[i] = make_channel();
    uint64_t start = nanos();
    for (int push = 0; push < PUSHES; push++) {
        for (int i = 0; i < CHANNELS; i++) {
            struct channel *channel = &channels[i];
            uint32_t before = channel->words;
            for (int n = 0; n < COPIES; n++) {
                uint32_t size = 1 + (uint32_t) (random_number() % (PART / 4));
                uint64_t from = (uint64_t) i * PART + random_number() % (PART - size);
                uint64_t to = (uint64_t) i * PART + random_number() % (PART - size);
                struct buffer *target = n & 1 ? &rig->vram : &rig->other, *source = n & 1 ? &rig->other : &rig->vram;
                copy(channel, target->address + to, source->address + from, size);
                memcpy(target->shadow + to, source->shadow + from, size);
                bytes += size;
            }
            fences[i][push] = make_fence();
            must(submit_part(channel, before, fences[i][push]), "EXEC on one of many channels");
        }
    }
    for (int i = 0; i < CHANNELS; i++)
        for (int push = 0; push < PUSHES; push++)
            wait_fence(fences[i][push], "overlap");
    uint64_t took = nanos() - start;
    for (int i = 0; i < CHANNELS; i++)
        drop_channel(&channels[i]);
    verify(rig, "overlap", &rig->vram);
    verify(rig, "overlap", &rig->other);
    report("overlap", CHANNELS * PUSHES * COPIES, bytes, took);
}

void processes(uint64_t seed) {
    enum { PROCESSES = 6 };
    pid_t children[PROCESSES];
    int status, bad = 0;
    uint64_t start = nanos();
    fflush(stdout);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            random_state = seed + 1000u * (unsigned) (i + 1);
            struct rig rig = open_rig();
            path_lines(&rig);
            path_chain(&rig);
            path_overlap(&rig);
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
