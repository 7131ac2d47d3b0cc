// SPDX-License-Identifier: Apache-2.0
/* Copies through every path, every byte verified. */
#define _GNU_SOURCE
#include "check.h"
#include <stdlib.h>
#include <string.h>

/* ---- copies: each as methods for the engine, and done to the shadows ---- */

void addresses(struct channel *channel, uint64_t to, uint64_t from, uint32_t pitch_to, uint32_t pitch_from) {
    method(channel, COPY_OFFSET_IN_UPPER, 6, (uint32_t) (from >> 32), (uint32_t) from, (uint32_t) (to >> 32), (uint32_t) to,
           pitch_from, pitch_to);
}

void copy(struct channel *channel, uint64_t to, uint64_t from, uint32_t bytes) {
    addresses(channel, to, from, bytes, bytes);
    method(channel, COPY_LINE_LENGTH, 2, bytes, 1u);
    method(channel, COPY_LAUNCH, 1, (uint32_t) (LAUNCH_NON_PIPELINED | LAUNCH_FLUSH | LAUNCH_SRC_PITCH | LAUNCH_DST_PITCH));
}

void fill_random(struct buffer *buffer) {
    uint64_t *word = (uint64_t *) buffer->shadow;
    for (uint64_t i = 0; i < buffer->bytes / 8; i++)
        word[i] = random_number();
}

void verify_mapped(const char *path, const struct buffer *buffer) {
    if (memcmp(buffer->map, buffer->shadow, buffer->bytes) == 0)
        return;
    for (uint64_t i = 0; i < buffer->bytes; i++)
        if (buffer->map[i] != buffer->shadow[i])
            fail("path %s: byte %llu is 0x%02x instead of 0x%02x", path, (unsigned long long) i, buffer->map[i], buffer->shadow[i]);
}

/* Brings a buffer to known contents, and checks all of it, through a buffer in system memory. */
void load(struct rig *rig, struct buffer *buffer) {
    fill_random(buffer);
    memcpy(rig->stage.map, buffer->shadow, buffer->bytes);
    copy(&rig->channel, buffer->address, rig->stage.address, (uint32_t) buffer->bytes);
    run(&rig->channel, "loading a buffer");
}

void verify(struct rig *rig, const char *path, struct buffer *buffer) {
    memset(rig->stage.map, 0x5a, rig->stage.bytes);
    copy(&rig->channel, rig->stage.address, buffer->address, (uint32_t) buffer->bytes);
    run(&rig->channel, "reading a buffer back");
    struct buffer seen = *buffer;
    seen.map = rig->stage.map;
    verify_mapped(path, &seen);
}

static const uint32_t SIZES[] = {1,    2,    3,    4,    7,    8,    15,   16,    31,    63,    64,    65,    100,     127,         255,
                                 256,  511,  512,  1000, 2047, 4095, 4096, 4097,  8192,  16385, 65535, 65536, 65537,   (1u << 20) + 3,
                                 2u << 20, 3000001};

void path_copies(struct rig *rig, const char *path, struct buffer *to, struct buffer *from) {
    uint64_t bytes = 0, copies = 0;
    load(rig, from);
    load(rig, to);
    for (int round = 0; round < 6; round++) {
        for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
            uint64_t at_from = random_number() % (from->bytes - SIZES[i] + 1);
            uint64_t at_to = random_number() % (to->bytes - SIZES[i] + 1);
            if (round == 0) { /* aligned once, anyhow afterwards */
                at_from &= ~4095ull;
                at_to &= ~4095ull;
            }
            copy(&rig->channel, to->address + at_to, from->address + at_from, SIZES[i]);
            memcpy(to->shadow + at_to, from->shadow + at_from, SIZES[i]);
            copies++;
        }
        run(&rig->channel, path);
    }
    verify(rig, path, to);
    verify(rig, path, from);
    uint64_t start = nanos();
    for (int i = 0; i < 16; i++) {
        copy(&rig->channel, to->address, from->address, BUFFER_BYTES);
        bytes += BUFFER_BYTES;
        copies++;
    }
    run(&rig->channel, path);
    uint64_t took = nanos() - start;
    memcpy(to->shadow, from->shadow, BUFFER_BYTES);
    verify(rig, path, to);
    report(path, copies, bytes, took);
}

void path_lines(struct rig *rig) {
    uint64_t bytes = 0, copies = 0, took = 0;
    load(rig, &rig->vram);
    load(rig, &rig->other);
    for (int i = 0; i < 24; i++) {
        uint32_t length = 1 + (uint32_t) (random_number() % 3000), lines = 1 + (uint32_t) (random_number() % 300);
        uint32_t pitch_from = length + (uint32_t) (random_number() % 700), pitch_to = length + (uint32_t) (random_number() % 700);
        uint64_t at_from = random_number() % (BUFFER_BYTES - pitch_from * lines), at_to = random_number() % (BUFFER_BYTES - pitch_to * lines);
        addresses(&rig->channel, rig->other.address + at_to, rig->vram.address + at_from, pitch_to, pitch_from);
        method(&rig->channel, COPY_LINE_LENGTH, 2, length, lines);
        method(&rig->channel, COPY_LAUNCH, 1,
               (uint32_t) (LAUNCH_NON_PIPELINED | LAUNCH_FLUSH | LAUNCH_SRC_PITCH | LAUNCH_DST_PITCH | LAUNCH_MULTI_LINE));
        for (uint64_t line = 0; line < lines; line++)
            memcpy(rig->other.shadow + at_to + line * pitch_to, rig->vram.shadow + at_from + line * pitch_from, length);
        bytes += (uint64_t) length * lines;
        copies++;
    }
    uint64_t start = nanos();
    run(&rig->channel, "lines");
    took = nanos() - start;
    verify(rig, "lines", &rig->other);
    report("lines", copies, bytes, took);
}

static void path_fill(struct rig *rig) {
    uint32_t value = (uint32_t) random_number(), at = 4 * (uint32_t) (random_number() % 1000), words = 1000003;
    load(rig, &rig->vram);
    addresses(&rig->channel, rig->vram.address + at, 0, words * 4, 0);
    method(&rig->channel, COPY_LINE_LENGTH, 2, words, 1u);
    method(&rig->channel, COPY_REMAP_CONST_A, 1, value);
    /* each element is one component of four bytes, taken from the constant */
    method(&rig->channel, COPY_REMAP_COMPONENTS, 1, (uint32_t) (REMAP_CONST_A | 3 << 16));
    method(&rig->channel, COPY_LAUNCH, 1,
           (uint32_t) (LAUNCH_NON_PIPELINED | LAUNCH_FLUSH | LAUNCH_SRC_PITCH | LAUNCH_DST_PITCH | LAUNCH_REMAP));
    uint64_t start = nanos();
    run(&rig->channel, "fill");
    uint64_t took = nanos() - start;
    for (uint32_t i = 0; i < words; i++)
        memcpy(rig->vram.shadow + at + 4 * i, &value, 4);
    verify(rig, "fill", &rig->vram);
    report("fill", 1, (uint64_t) words * 4, took);
}

/* The CPU's own view of video memory against the engine's. */
static void path_mapped(struct rig *rig) {
    uint32_t bytes = 32u << 10;
    load(rig, &rig->vram);
    uint64_t start = nanos();
    if (memcmp(rig->vram.map, rig->vram.shadow, bytes) != 0)
        fail("path mapped: the CPU reads other bytes than the engine wrote");
    for (uint32_t i = 0; i < bytes / 8; i++)
        ((uint64_t *) rig->vram.shadow)[i] = random_number();
    memcpy(rig->vram.map, rig->vram.shadow, bytes);
    uint64_t took = nanos() - start;
    verify(rig, "mapped", &rig->vram);
    report("mapped", 2, 2ull * bytes, took);
}

/* The same memory a second time elsewhere: bound and unbound asynchronously, in small pages, the work waiting for it. */
static void path_alias(struct rig *rig) {
    uint32_t bound = make_fence();
    uint64_t alias = next_address + 0x1000, took = 0, bytes = 0;
    next_address += 0x200000 + 2 * BUFFER_BYTES;
    load(rig, &rig->vram);
    load(rig, &rig->other);
    for (int round = 0; round < 3; round++) {
        reset_fence(bound);
        reset_fence(rig->channel.fence);
        uint64_t start = nanos();
        bind_range(BIND_MAP, rig->vram.handle, alias, rig->vram.bytes, bound);
        copy(&rig->channel, rig->other.address + 4096 * (uint64_t) round, alias + 777, 1u << 20);
        must(submit(&rig->channel, bound, rig->channel.fence), "EXEC after an asynchronous bind");
        wait_fence(rig->channel.fence, "alias");
        took += nanos() - start;
        bytes += 1u << 20;
        memcpy(rig->other.shadow + 4096 * round, rig->vram.shadow + 777, 1u << 20);
        bind_range(BIND_UNMAP, 0, alias, rig->vram.bytes, 0);
    }
    verify(rig, "alias", &rig->other);
    report("alias", 3, bytes, took);
}

void copies(struct rig *rig) {
    path_copies(rig, "gart-vram", &rig->vram, &rig->gart);
    path_copies(rig, "vram-vram", &rig->other, &rig->vram);
    path_copies(rig, "vram-gart", &rig->gart, &rig->vram);
    path_lines(rig);
    path_blocks(rig);
    path_fill(rig);
    path_mapped(rig);
    path_alias(rig);
    path_chain(rig);
    path_overlap(rig);
}

