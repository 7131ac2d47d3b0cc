// SPDX-License-Identifier: Apache-2.0
/* Copies between lines and block-linear surfaces, as textures are laid out: 64 bytes by 8 lines are a GOB, some GOBs on top of each other a block. */
#define _GNU_SOURCE
#include "check.h"
#include <stdlib.h>
#include <string.h>

struct surface {
    uint32_t width, height, gobs_log2; /* bytes, lines, and the height of a block */
};

static uint64_t place(const struct surface *surface, uint32_t x, uint32_t y) {
    uint64_t across = (surface->width + 63) / 64, block_lines = 8u << surface->gobs_log2;
    uint64_t block = y / block_lines * across + x / 64, gob = y % block_lines / 8;
    uint32_t column = x % 64, line = y % 8;
    return ((block << surface->gobs_log2) + gob) * 512 + column / 32 * 256 + line / 2 * 64 + column % 32 / 16 * 32 + line % 2 * 16
        + column % 16;
}

static uint64_t surface_bytes(const struct surface *surface) {
    uint64_t across = (surface->width + 63) / 64, block_lines = 8u << surface->gobs_log2;
    return across * ((surface->height + block_lines - 1) / block_lines) * (512ull << surface->gobs_log2);
}

static void describe(struct channel *channel, uint32_t offset, const struct surface *surface) {
    method(channel, offset, 5, BLOCK_GOB_OF_8_LINES | surface->gobs_log2 << 4, surface->width, surface->height, 1u, 0u);
}

void path_blocks(struct rig *rig) {
    uint64_t bytes = 0, copies = 0, took = 0;
    load(rig, &rig->vram);
    load(rig, &rig->other);
    for (uint32_t i = 0; i < 18; i++) {
        struct surface surface = {
            .width = 64 + (uint32_t) (random_number() % 900),
            .height = 16 + (uint32_t) (random_number() % 300),
            .gobs_log2 = i % 6,
        };
        uint32_t x = (uint32_t) (random_number() % (surface.width / 2)), y = (uint32_t) (random_number() % (surface.height / 2));
        uint32_t length = 1 + (uint32_t) (random_number() % (surface.width - x)), lines = 1 + (uint32_t) (random_number() % (surface.height - y));
        uint32_t pitch = length + (uint32_t) (random_number() % 100);
        uint64_t surface_at = random_number() % (BUFFER_BYTES - surface_bytes(&surface)) & ~511ull;
        uint64_t lines_at = random_number() % (BUFFER_BYTES - (uint64_t) pitch * lines);
        uint32_t layout = i & 1 ? LAUNCH_DST_PITCH : LAUNCH_SRC_PITCH;
        struct channel *channel = &rig->channel;
        if (i & 1) {
            addresses(channel, rig->vram.address + lines_at, rig->other.address + surface_at, pitch, 0);
            describe(channel, COPY_FROM_BLOCK_SIZE, &surface);
            method(channel, COPY_FROM_X, 2, x, y);
        } else {
            addresses(channel, rig->other.address + surface_at, rig->vram.address + lines_at, 0, pitch);
            describe(channel, COPY_TO_BLOCK_SIZE, &surface);
            method(channel, COPY_FROM_X + 8, 2, x, y);
        }
        method(channel, COPY_LINE_LENGTH, 2, length, lines);
        method(channel, COPY_LAUNCH, 1, (uint32_t) (LAUNCH_NON_PIPELINED | LAUNCH_FLUSH | LAUNCH_MULTI_LINE) | layout);
        uint64_t start = nanos();
        run(channel, "blocks");
        took += nanos() - start;
        for (uint32_t line = 0; line < lines; line++) {
            for (uint32_t at = 0; at < length; at++) {
                uint8_t *in_surface = rig->other.shadow + surface_at + place(&surface, x + at, y + line);
                uint8_t *in_lines = rig->vram.shadow + lines_at + (uint64_t) line * pitch + at;
                if (i & 1)
                    *in_lines = *in_surface;
                else
                    *in_surface = *in_lines;
            }
        }
        bytes += (uint64_t) length * lines;
        copies++;
    }
    verify(rig, "blocks", &rig->other);
    verify(rig, "blocks", &rig->vram);
    report("blocks", copies, bytes, took);
}
