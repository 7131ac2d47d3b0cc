// SPDX-License-Identifier: Apache-2.0
/* Misbehaviour on purpose: that channel may die, the next one has to work. */
#define _GNU_SOURCE
#include "check.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void misbehave(struct rig *rig, const char *mode) {
    struct channel bad = make_channel();
    uint32_t pushes = 1;
    int must_die = 1;
    reset_fence(bad.fence);
    if (!strcmp(mode, "unmapped")) {
        copy(&bad, NOWHERE, rig->vram.address, 4096);
    } else if (!strcmp(mode, "class")) {
        method(&bad, SET_OBJECT, 1, 0xc797u);
    } else if (!strcmp(mode, "method")) {
        method(&bad, 0x1ffc, 1, 1u);
    } else if (!strcmp(mode, "garbage")) {
        /* headers of a kind that does not exist */
        memset(bad.push.map, 0xc0, 4096);
        bad.words = 1024;
    } else if (!strcmp(mode, "endless")) {
        /* hours of work in one submission: the driver gives up after 10 s and takes the channel away */
                for (int i = 0; i < 5000; i++)
            copy(&bad, rig->other.address, rig->vram.address, BUFFER_BYTES);
        pushes = MOST_PUSHES;
    } else if (!strcmp(mode, "words")) {
        /* nothing but words, millions of them: slow, and allowed */
        must_die = 0;
        uint64_t start = nanos();
        uint32_t words = 0;
        for (; words + 8192 < PUSH_BYTES / 4; words += 8192) {
            memset(bad.push.map + 4 * words, 0, 8192 * 4);
            ((uint32_t *) bad.push.map)[words] = 3u << 29 | 8191u << 16 | HOST_NOP >> 2;
        }
        must(submit_words(&bad, words, MOST_PUSHES, bad.fence), "EXEC");
        wait_fence(bad.fence, mode);
        report(mode, 0, 4ull * words * MOST_PUSHES, nanos() - start);
    } else if (!strcmp(mode, "stuck")) {
        /* acquire: the word of memory never becomes this */
        method(&bad, HOST_SEM_ADDR_LO, 5, (uint32_t) rig->vram.address, (uint32_t) (rig->vram.address >> 32), 0x600dbeefu, 0u, 0u);
    } else if (!strcmp(mode, "freeing")) {
        must_die = 0;
        struct buffer victim = make_buffer(DOMAIN_VRAM, BUFFER_BYTES, 0);
        for (int i = 0; i < 1000; i++)
            copy(&bad, victim.address, rig->vram.address, BUFFER_BYTES);
        must(submit(&bad, 0, bad.fence), "EXEC");
        munmap(victim.map, victim.bytes);
        drop_handle(victim.handle);
        bind_range(BIND_UNMAP, 0, victim.address, victim.bytes, 0);
    } else if (!strcmp(mode, "storm")) {
        must_die = 0;
        uint64_t start = nanos();
        /* programs get no page with the doorbell from nouveau; each of these makes the driver ring it */
        for (int i = 0; i < 3000; i++) {
            method(&bad, 0x100, 1, 0u);
            must(submit(&bad, 0, 0), "EXEC of a storm");
        }
        for (int i = 0; i < 40; i++) {
            method(&bad, 0x100, 1, 0u);
            must(submit_words(&bad, 2, MOST_PUSHES, i == 39 ? bad.fence : 0), "EXEC of a storm");
            bad.words = 0;
        }
        wait_fence(bad.fence, mode);
        report(mode, 3000 + 40 * MOST_PUSHES, 0, nanos() - start);
    } else {
        fail("there is no mode '%s'", mode);
    }
    if (must_die) {
        uint32_t words = bad.words;
        bad.words = 0;
        must(submit_words(&bad, words, pushes, bad.fence), "EXEC");
        wait_fence(bad.fence, mode);
        for (int i = 0; i < 100 && !is_dead(&bad); i++)
            usleep(20000);
        if (!is_dead(&bad))
            fail("mode %s: the channel lives on", mode);
        report(mode, 1, 0, 1);
    }
    drop_channel(&bad);
    if (!strcmp(mode, "freeing"))
        report(mode, 1000, 0, 1);
    struct channel good = make_channel();
    struct channel old = rig->channel;
    rig->channel = good;
    path_copies(rig, "afterwards", &rig->other, &rig->vram);
    rig->channel = old;
}

