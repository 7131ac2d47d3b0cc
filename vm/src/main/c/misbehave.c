// SPDX-License-Identifier: Apache-2.0
/* Misbehaviour on purpose: that channel may die, the next one has to work. */
#define _GNU_SOURCE
#include "check.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void misbehave(struct rig *rig, const char *mode) {
    struct channel bad = make_channel();
    int must_die = 1;
    reset_fence(bad.fence);
    if (!strcmp(mode, "unmapped")) {
        copy(&bad, NOWHERE, rig->vram.address, 4096);
    } else if (!strcmp(mode, "class")) {
        method(&bad, SET_OBJECT, 1, 0xc797u);
    } else if (!strcmp(mode, "method")) {
        method(&bad, 0x1ffc, 1, 1u);
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
        for (int i = 0; i < 3000; i++) {
            method(&bad, 0x100, 1, 0u);
            must(submit(&bad, 0, i == 2999 ? bad.fence : 0), "EXEC of a storm");
        }
        wait_fence(bad.fence, mode);
        report(mode, 3000, 0, nanos() - start);
    } else {
        fail("there is no mode '%s'", mode);
    }
    if (must_die) {
        must(submit(&bad, 0, bad.fence), "EXEC");
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

