// SPDX-License-Identifier: Apache-2.0
/*
 * Does a GPU's work from a program, through nouveau's public interface as Mesa uses it, and verifies every byte.
 *
 *   nouveau_check [MODE] [SEED]
 *
 * MODE is "copy" (the default), "processes", or a way to misbehave: "unmapped", "stuck", "class", "method", "freeing", "storm".
 * Each thing that it tries is one line of "path NAME copies=N bytes=N mib_per_s=N". The last line is "CHECK ok", or "CHECK failed: "
 * and why. The exit code is 0 or 1 accordingly.
 */
#define _GNU_SOURCE
#include "nouveau_api.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES (8u << 20)
#define PUSH_BYTES (256u << 10)
#define FIRST_ADDRESS 0x10000000ull
#define KERNEL_ADDRESS (1ull << 39)
#define KERNEL_BYTES (1ull << 39)
#define WAIT_SECONDS 30
#define NOWHERE 0x700000000ull

struct buffer {
    uint32_t handle;
    uint64_t address, bytes;
    uint8_t *map;    /* where the CPU sees it */
    uint8_t *shadow; /* what it ought to hold */
};
struct channel {
    int id;
    uint32_t fence;
    uint64_t object;
    struct buffer push;
    uint32_t words;
};

static int device = -1;
static uint64_t next_address = FIRST_ADDRESS;
static uint64_t next_object = 1;
static uint64_t random_state;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("CHECK failed: ");
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    va_end(arguments);
    _exit(1);
}

static int call(unsigned long request, void *argument) {
    int result;
    do {
        result = ioctl(device, request, argument);
    } while (result < 0 && (errno == EINTR || errno == EAGAIN));
    return result < 0 ? -errno : 0;
}

static void must(int result, const char *what) {
    if (result < 0)
        fail("%s: %s", what, strerror(-result));
}

static uint64_t nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000000ull + (uint64_t) now.tv_nsec;
}

static uint64_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1dull;
}

static void report(const char *path, uint64_t copies, uint64_t bytes, uint64_t took_nanos) {
    double seconds = (double) (took_nanos ? took_nanos : 1) / 1e9;
    printf("path %s copies=%llu bytes=%llu mib_per_s=%.1f\n", path, (unsigned long long) copies, (unsigned long long) bytes,
           (double) bytes / 1048576.0 / seconds);
    fflush(stdout);
}

/* ---- buffers and the address space ---- */

static void bind_range(uint32_t operation, uint32_t handle, uint64_t address, uint64_t bytes, uint32_t signal) {
    struct bind_op op = {.op = operation, .handle = handle, .address = address, .bytes = bytes};
    struct sync_point done = {.handle = signal};
    struct vm_bind bind = {.ops = 1, .op_pointer = (uintptr_t) &op};
    if (signal) {
        bind.flags = BIND_ASYNC;
        bind.signals = 1;
        bind.signal_pointer = (uintptr_t) &done;
    }
    must(call(IOCTL_VM_BIND, &bind), operation == BIND_MAP ? "VM_BIND map" : "VM_BIND unmap");
}

static struct buffer make_buffer(uint32_t domain, uint64_t bytes, int shadowed) {
    struct gem_new request = {.info = {.domain = domain, .bytes = bytes}, .alignment = 4096};
    struct buffer made = {0};
    must(call(IOCTL_GEM_NEW, &request), "GEM_NEW");
    made.handle = request.info.handle;
    made.bytes = request.info.bytes;
    made.address = next_address;
    next_address += (made.bytes + 0x3fffff) & ~0x1fffffull;
    bind_range(BIND_MAP, made.handle, made.address, made.bytes, 0);
    made.map = mmap(NULL, made.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t) request.info.map_handle);
    if (made.map == MAP_FAILED)
        fail("mmap of a buffer: %s", strerror(errno));
    if (shadowed && !(made.shadow = malloc(made.bytes)))
        fail("the guest has too little memory");
    return made;
}

static void drop_handle(uint32_t handle) {
    struct gem_close request = {.handle = handle};
    must(call(IOCTL_GEM_CLOSE, &request), "GEM_CLOSE");
}

static uint32_t make_fence(void) {
    struct syncobj_create request = {0};
    must(call(IOCTL_SYNCOBJ_CREATE, &request), "SYNCOBJ_CREATE");
    return request.handle;
}

static void wait_fence(uint32_t fence, const char *what) {
    struct syncobj_wait wait = {
        .handles = (uintptr_t) &fence,
        .timeout_nanos = (int64_t) (nanos() + WAIT_SECONDS * 1000000000ull),
        .count = 1,
        .flags = WAIT_ALL | WAIT_FOR_SUBMIT,
    };
    int result = call(IOCTL_SYNCOBJ_WAIT, &wait);
    if (result == -ETIME)
        fail("%s did not finish within %d s", what, WAIT_SECONDS);
    must(result, what);
}

static void reset_fence(uint32_t fence) {
    struct syncobj_array request = {.handles = (uintptr_t) &fence, .count = 1};
    must(call(IOCTL_SYNCOBJ_RESET, &request), "SYNCOBJ_RESET");
}

/* ---- channels ---- */

static void method(struct channel *channel, uint32_t offset, uint32_t count, ...) {
    uint32_t *push = (uint32_t *) channel->push.map;
    va_list data;
    if ((channel->words + count + 1) * 4 > PUSH_BYTES)
        fail("a push buffer of this program is full");
    push[channel->words++] = 1u << 29 | count << 16 | SUBCHANNEL << 13 | offset >> 2;
    va_start(data, count);
    for (uint32_t i = 0; i < count; i++)
        push[channel->words++] = va_arg(data, uint32_t);
    va_end(data);
}

/* Submits what was written; waits and signals may be 0. */
static int submit(struct channel *channel, uint32_t wait, uint32_t signal) {
    struct exec_push push = {.address = channel->push.address, .bytes = channel->words * 4};
    struct sync_point before = {.handle = wait}, after = {.handle = signal};
    struct exec request = {
        .channel = (uint32_t) channel->id,
        .pushes = 1,
        .waits = wait != 0,
        .signals = signal != 0,
        .wait_pointer = (uintptr_t) &before,
        .signal_pointer = (uintptr_t) &after,
        .push_pointer = (uintptr_t) &push,
    };
    channel->words = 0;
    return call(IOCTL_EXEC, &request);
}

static void run(struct channel *channel, const char *what) {
    reset_fence(channel->fence);
    must(submit(channel, 0, channel->fence), what);
    wait_fence(channel->fence, what);
}

static int is_dead(struct channel *channel) {
    method(channel, SET_OBJECT, 1, CLASS_COPY);
    return submit(channel, 0, 0) == -ENODEV;
}

static struct channel make_channel(void) {
    struct channel_alloc request = {.fb_handle = ~0u, .tt_handle = ENGINE_COPY};
    struct channel made = {0};
    int result = call(IOCTL_CHANNEL_ALLOC, &request);
    if (result == -ENODEV)
        fail("CHANNEL_ALLOC: nouveau has no kernel channel, so it gives none to programs");
    must(result, "CHANNEL_ALLOC");
    made.id = request.channel;
    struct object_new object = {
        .type = OBJECT_NEW,
        .owner = 0xff,
        .route = ROUTE_CHANNEL,
        .token = (uint64_t) made.id,
        .new_object = made.object = next_object++,
        /* unique among all of a program's objects, as Mesa chooses them */
        .handle = (0xbeefu + (uint32_t) made.id) << 16 | CLASS_COPY,
        .class_id = CLASS_COPY,
    };
    must(call(IOCTL_OBJECT_NEW, &object), "new object of class 0xc7b5");
    made.fence = make_fence();
    made.push = make_buffer(DOMAIN_GART | DOMAIN_COHERENT, PUSH_BYTES, 0);
    method(&made, SET_OBJECT, 1, CLASS_COPY);
    run(&made, "the first push");
    return made;
}

/* The object goes first: nouveau would keep it beyond its channel. */
static void drop_channel(struct channel *channel) {
    struct object_delete object = {.type = OBJECT_DELETE, .owner = 0xff, .object = channel->object};
    must(call(IOCTL_OBJECT_DELETE, &object), "deleting an object");
    struct channel_free request = {.channel = channel->id};
    must(call(IOCTL_CHANNEL_FREE, &request), "CHANNEL_FREE");
}

/* ---- copies: each as methods for the engine, and done to the shadows ---- */

static void addresses(struct channel *channel, uint64_t to, uint64_t from, uint32_t pitch_to, uint32_t pitch_from) {
    method(channel, COPY_OFFSET_IN_UPPER, 6, (uint32_t) (from >> 32), (uint32_t) from, (uint32_t) (to >> 32), (uint32_t) to,
           pitch_from, pitch_to);
}

static void copy(struct channel *channel, uint64_t to, uint64_t from, uint32_t bytes) {
    addresses(channel, to, from, bytes, bytes);
    method(channel, COPY_LINE_LENGTH, 2, bytes, 1u);
    method(channel, COPY_LAUNCH, 1, (uint32_t) (LAUNCH_NON_PIPELINED | LAUNCH_FLUSH | LAUNCH_SRC_PITCH | LAUNCH_DST_PITCH));
}

static void fill_random(struct buffer *buffer) {
    uint64_t *word = (uint64_t *) buffer->shadow;
    for (uint64_t i = 0; i < buffer->bytes / 8; i++)
        word[i] = random_number();
}

static void verify_mapped(const char *path, const struct buffer *buffer) {
    if (memcmp(buffer->map, buffer->shadow, buffer->bytes) == 0)
        return;
    for (uint64_t i = 0; i < buffer->bytes; i++)
        if (buffer->map[i] != buffer->shadow[i])
            fail("path %s: byte %llu is 0x%02x instead of 0x%02x", path, (unsigned long long) i, buffer->map[i], buffer->shadow[i]);
}

/* Brings a buffer to known contents, and checks all of it, through a buffer in system memory. */
struct rig {
    struct channel channel;
    struct buffer gart, stage, vram, other;
};

static void load(struct rig *rig, struct buffer *buffer) {
    fill_random(buffer);
    memcpy(rig->stage.map, buffer->shadow, buffer->bytes);
    copy(&rig->channel, buffer->address, rig->stage.address, (uint32_t) buffer->bytes);
    run(&rig->channel, "loading a buffer");
}

static void verify(struct rig *rig, const char *path, struct buffer *buffer) {
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

static void path_copies(struct rig *rig, const char *path, struct buffer *to, struct buffer *from) {
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

static void path_lines(struct rig *rig) {
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

/* Channels that hand one buffer on, each waiting for the one before, and others that work at the same time. */
static void path_channels(struct rig *rig) {
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
            wait_fence(fences[i - CHANNELS], "channels");
        fences[i] = make_fence();
        copy(channel, to->address + at_to, from->address + at_from, PIECE);
        memcpy(to->shadow + at_to, from->shadow + at_from, PIECE);
        must(submit(channel, before, fences[i]), "EXEC on one of several channels");
        before = fences[i];
    }
    wait_fence(before, "channels");
    uint64_t took = nanos() - start;
    for (int i = 0; i < CHANNELS; i++)
        drop_channel(&channels[i]);
    verify(rig, "channels", &rig->vram);
    verify(rig, "channels", &rig->other);
    report("channels", CHANNELS * TURNS, (uint64_t) CHANNELS * TURNS * PIECE, took);
}

/* ---- misbehaviour: that channel may die, the next one has to work ---- */

static void misbehave(struct rig *rig, const char *mode) {
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

/* ---- the whole ---- */

static struct rig open_rig(void) {
    struct vm_init init = {.kernel_address = KERNEL_ADDRESS, .kernel_bytes = KERNEL_BYTES};
    struct param chipset = {.param = PARAM_CHIPSET}, vram = {.param = PARAM_VRAM_BYTES};
    struct rig rig;
    device = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    if (device < 0)
        fail("/dev/dri/renderD128 cannot be opened: %s", strerror(errno));
    must(call(IOCTL_GETPARAM, &chipset), "GETPARAM");
    must(call(IOCTL_GETPARAM, &vram), "GETPARAM");
    must(call(IOCTL_VM_INIT, &init), "VM_INIT");
    printf("gpu chipset=0x%llx vram_mib=%llu\n", (unsigned long long) chipset.value, (unsigned long long) (vram.value >> 20));
    rig.stage = make_buffer(DOMAIN_GART | DOMAIN_COHERENT, BUFFER_BYTES, 0);
    rig.gart = make_buffer(DOMAIN_GART | DOMAIN_COHERENT, BUFFER_BYTES, 1);
    rig.vram = make_buffer(DOMAIN_VRAM | DOMAIN_MAPPABLE, BUFFER_BYTES, 1);
    rig.other = make_buffer(DOMAIN_VRAM, BUFFER_BYTES, 1);
    rig.channel = make_channel();
    return rig;
}

static void copies(struct rig *rig) {
    path_copies(rig, "gart-vram", &rig->vram, &rig->gart);
    path_copies(rig, "vram-vram", &rig->other, &rig->vram);
    path_copies(rig, "vram-gart", &rig->gart, &rig->vram);
    path_lines(rig);
    path_fill(rig);
    path_mapped(rig);
    path_alias(rig);
    path_channels(rig);
}

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
