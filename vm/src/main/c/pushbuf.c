// SPDX-License-Identifier: Apache-2.0
/*
 * The driver's older interface, as Mesa used it before EXEC: the driver gives each buffer its address, a push names the buffers that it uses and the
 * driver waits for them. The first channel without VM_INIT settles that a program uses this one.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BUFFERS = 4 }; /* one in system memory, two in video memory, one of push buffers */

static struct buffer buffers[BUFFERS];

static struct buffer make_older(uint32_t domain, uint64_t bytes) {
    struct gem_new request = {.info = {.domain = domain, .bytes = bytes}, .alignment = 4096};
    struct buffer made = {0};
    must(call(IOCTL_GEM_NEW, &request), "GEM_NEW");
    made.handle = request.info.handle;
    made.bytes = request.info.bytes;
    made.address = request.info.offset;
    if (!made.address)
        fail("GEM_NEW: the driver gave a buffer no address");
    made.map = mmap(NULL, made.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t) request.info.map_handle);
    if (made.map == MAP_FAILED)
        fail("mmap of a buffer: %s", strerror(errno));
    if (!(made.shadow = malloc(made.bytes)))
        fail("the guest has too little memory");
    return made;
}

static void wait_idle(const struct buffer *buffer) {
    struct cpu_prepare request = {.handle = buffer->handle, .flags = CPU_WRITES};
    must(call(IOCTL_CPU_PREPARE, &request), "GEM_CPU_PREP");
}

/* Submits what was written, so many times in one request. The relocation is one that never applies: addresses of this GPU are virtual. */
static int push(struct channel *channel, uint32_t first, uint32_t times) {
    struct push_buffer_object objects[BUFFERS];
    struct push_piece pieces[MOST_PIECES];
    struct push_relocation relocation = {.at_object = BUFFERS - 1, .object = 1, .flags = RELOCATION_LOW};
    for (uint32_t i = 0; i < BUFFERS; i++) {
        uint32_t domain = i == 0 || i == BUFFERS - 1 ? DOMAIN_GART : DOMAIN_VRAM;
        objects[i] = (struct push_buffer_object) {
            .handle = buffers[i].handle,
            .read_domains = domain,
            .write_domains = i == BUFFERS - 1 ? 0 : domain,
            .valid_domains = domain,
            .presumed = {.valid = 1, .domain = domain, .offset = buffers[i].address},
        };
    }
    uint64_t at = channel->push.address - buffers[BUFFERS - 1].address + first * 4;
    for (uint32_t i = 0; i < times; i++)
        pieces[i] = (struct push_piece) {.object = BUFFERS - 1, .offset = at, .bytes = (channel->words - first) * 4};
    struct push_request request = {
        .channel = (uint32_t) channel->id,
        .objects = BUFFERS,
        .object_pointer = (uintptr_t) objects,
        .relocations = 1,
        .relocation_pointer = (uintptr_t) &relocation,
        .pieces = times,
        .piece_pointer = (uintptr_t) pieces,
    };
    return call(IOCTL_PUSHBUF, &request);
}

static struct channel older_channel(uint32_t index) {
    struct channel_alloc request = {.fb_handle = ~0u, .tt_handle = ENGINE_COPY};
    struct channel made = {0};
    must(call(IOCTL_CHANNEL_ALLOC, &request), "CHANNEL_ALLOC");
    made.id = request.channel;
    made.object = new_object(made.id);
    made.push = buffers[BUFFERS - 1];
    made.push.map += index * PUSH_BYTES;
    made.push.address += index * PUSH_BYTES;
    method(&made, SET_OBJECT, 1, copy_class());
    must(push(&made, 0, 1), "GEM_PUSHBUF");
    return made;
}

/* Random copies between two buffers on channels in turn; the driver keeps them in order, since each push writes what others use. */
static void copy_around(struct channel *channels, uint32_t count, struct buffer *to, struct buffer *from, const char *path) {
    enum { PUSHES = 12, COPIES = 8 };
    uint64_t bytes = 0;
    uint64_t start = nanos();
    for (uint32_t i = 0; i < PUSHES; i++) {
        struct channel *channel = &channels[i % count];
        uint32_t first = channel->words;
        for (uint32_t n = 0; n < COPIES; n++) {
            uint32_t size = 1 + (uint32_t) (random_number() % 300000);
            uint64_t at_to = random_number() % (to->bytes - size), at_from = random_number() % (from->bytes - size);
            copy(channel, to->address + at_to, from->address + at_from, size);
            memcpy(to->shadow + at_to, from->shadow + at_from, size);
            bytes += size;
        }
        must(push(channel, first, 1), "GEM_PUSHBUF");
    }
    wait_idle(to);
    uint64_t took = nanos() - start;
    report(path, PUSHES * COPIES, bytes, took);
}

static void bring(struct channel *channel, struct buffer *to, struct buffer *from) {
    uint32_t first = channel->words;
    copy(channel, to->address, from->address, (uint32_t) to->bytes);
    must(push(channel, first, 1), "GEM_PUSHBUF");
    wait_idle(to);
    wait_idle(from);
}

static void check_contents(struct channel *channel, struct buffer *system, struct buffer *video, const char *path) {
    struct buffer seen = *video;
    memset(system->map, 0x5a, system->bytes);
    bring(channel, system, video);
    seen.map = system->map;
    verify_mapped(path, &seen);
}

void older_interface(uint64_t seed) {
    enum { CHANNELS = 3 };
    struct channel channels[CHANNELS];
    random_state = seed * 2 + 1;
    device = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    if (device < 0)
        fail("/dev/dri/renderD128 cannot be opened: %s", strerror(errno));
    buffers[0] = make_older(DOMAIN_GART, BUFFER_BYTES / 2);
    buffers[1] = make_older(DOMAIN_VRAM, BUFFER_BYTES / 2);
    buffers[2] = make_older(DOMAIN_VRAM, BUFFER_BYTES / 2);
    buffers[3] = make_older(DOMAIN_GART, CHANNELS * PUSH_BYTES);
    for (uint32_t i = 0; i < CHANNELS; i++)
        channels[i] = older_channel(i);
    struct buffer *system = &buffers[0], *one = &buffers[1], *two = &buffers[2];
    for (uint32_t i = 1; i <= 2; i++) {
        fill_random(&buffers[i]);
        memcpy(system->map, buffers[i].shadow, buffers[i].bytes);
        bring(&channels[0], &buffers[i], system);
    }
    memcpy(system->shadow, two->shadow, two->bytes);
    copy_around(channels, CHANNELS, one, system, "pushbuf-gart-vram");
    copy_around(channels, CHANNELS, two, one, "pushbuf-vram-vram");
    copy_around(channels, CHANNELS, one, two, "pushbuf-vram-vram");
    copy_around(channels, CHANNELS, system, two, "pushbuf-vram-gart");
    verify_mapped("pushbuf-vram-gart", system);
    check_contents(&channels[1], system, one, "pushbuf-vram-vram");
    check_contents(&channels[2], system, two, "pushbuf-vram-vram");
    /* many pieces in one request: each rings the doorbell on drivers that do not gather them */
    uint32_t first = channels[0].words;
    uint64_t start = nanos();
    copy(&channels[0], two->address, one->address, 4096);
    must(push(&channels[0], first, MOST_PIECES - 1), "GEM_PUSHBUF of many pieces");
    wait_idle(two);
    report("pushbuf-pieces", MOST_PIECES - 1, (MOST_PIECES - 1) * 4096ull, nanos() - start);
    memcpy(two->shadow, one->shadow, 4096);
    check_contents(&channels[0], system, two, "pushbuf-pieces");
    for (uint32_t i = 0; i < CHANNELS; i++)
        drop_channel(&channels[i]);
}
