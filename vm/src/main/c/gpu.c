// SPDX-License-Identifier: Apache-2.0
/* The device, its buffers and address space, and channels: nouveau's public interface as Mesa uses it. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define FIRST_ADDRESS 0x10000000ull
#define KERNEL_ADDRESS (1ull << 39)
#define KERNEL_BYTES (1ull << 39)
#define WAIT_SECONDS 30

int device = -1;
uint64_t next_address = FIRST_ADDRESS;
static uint64_t next_object = 1;
uint64_t random_state;

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("CHECK failed: ");
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    va_end(arguments);
    _exit(1);
}

int call(unsigned long request, void *argument) {
    int result;
    do {
        result = ioctl(device, request, argument);
    } while (result < 0 && (errno == EINTR || errno == EAGAIN));
    return result < 0 ? -errno : 0;
}

void must(int result, const char *what) {
    if (result < 0)
        fail("%s: %s", what, strerror(-result));
}

uint64_t nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000000ull + (uint64_t) now.tv_nsec;
}

uint64_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1dull;
}

void report(const char *path, uint64_t copies, uint64_t bytes, uint64_t took_nanos) {
    double seconds = (double) (took_nanos ? took_nanos : 1) / 1e9;
    printf("path %s copies=%llu bytes=%llu mib_per_s=%.1f\n", path, (unsigned long long) copies, (unsigned long long) bytes,
           (double) bytes / 1048576.0 / seconds);
    fflush(stdout);
}

/* ---- buffers and the address space ---- */

void bind_range(uint32_t operation, uint32_t handle, uint64_t address, uint64_t bytes, uint32_t signal) {
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

struct buffer make_buffer(uint32_t domain, uint64_t bytes, int shadowed) {
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

void drop_handle(uint32_t handle) {
    struct gem_close request = {.handle = handle};
    must(call(IOCTL_GEM_CLOSE, &request), "GEM_CLOSE");
}

uint32_t make_fence(void) {
    struct syncobj_create request = {0};
    must(call(IOCTL_SYNCOBJ_CREATE, &request), "SYNCOBJ_CREATE");
    return request.handle;
}

void wait_fence(uint32_t fence, const char *what) {
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

void reset_fence(uint32_t fence) {
    struct syncobj_array request = {.handles = (uintptr_t) &fence, .count = 1};
    must(call(IOCTL_SYNCOBJ_RESET, &request), "SYNCOBJ_RESET");
}

/* ---- channels ---- */

void method(struct channel *channel, uint32_t offset, uint32_t count, ...) {
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

/* Submits the same words of the push buffer so many times; waits and signals may be 0. */
static int exec(struct channel *channel, uint32_t first, uint32_t words, uint32_t pushes, uint32_t wait, uint32_t signal) {
    struct exec_push push[MOST_PUSHES];
    struct sync_point before = {.handle = wait}, after = {.handle = signal};
    for (uint32_t i = 0; i < pushes; i++)
        push[i] = (struct exec_push) {.address = channel->push.address + first * 4, .bytes = words * 4};
    struct exec request = {
        .channel = (uint32_t) channel->id,
        .pushes = pushes,
        .waits = wait != 0,
        .signals = signal != 0,
        .wait_pointer = (uintptr_t) &before,
        .signal_pointer = (uintptr_t) &after,
        .push_pointer = (uintptr_t) push,
    };
    return call(IOCTL_EXEC, &request);
}

int submit_words(struct channel *channel, uint32_t words, uint32_t pushes, uint32_t signal) {
    return exec(channel, 0, words, pushes, 0, signal);
}

/* Submits what was written since then, and goes on behind it. */
int submit_part(struct channel *channel, uint32_t first, uint32_t signal) {
    return exec(channel, first, channel->words - first, 1, 0, signal);
}

/* Submits what was written and begins anew. */
int submit(struct channel *channel, uint32_t wait, uint32_t signal) {
    uint32_t words = channel->words;
    channel->words = 0;
    return exec(channel, 0, words, 1, wait, signal);
}

void run(struct channel *channel, const char *what) {
    reset_fence(channel->fence);
    must(submit(channel, 0, channel->fence), what);
    wait_fence(channel->fence, what);
}

int is_dead(struct channel *channel) {
    method(channel, SET_OBJECT, 1, copy_class());
    return submit(channel, 0, 0) == -ENODEV;
}

uint32_t copy_class(void) {
    static uint32_t known;
    if (!known) {
        struct param chipset = {.param = PARAM_CHIPSET};
        must(call(IOCTL_GETPARAM, &chipset), "GETPARAM");
        known = chipset.value >= CHIPSET_BLACKWELL ? CLASS_BLACKWELL_COPY : CLASS_AMPERE_COPY;
    }
    return known;
}

uint64_t new_object(int channel) {
    struct object_new object = {
        .type = OBJECT_NEW,
        .owner = 0xff,
        .route = ROUTE_CHANNEL,
        .token = (uint64_t) channel,
        .new_object = next_object++,
        /* unique among all of a program's objects, as Mesa chooses them */
        .handle = (0xbeefu + (uint32_t) channel) << 16 | copy_class(),
        .class_id = (int32_t) copy_class(),
    };
    must(call(IOCTL_OBJECT_NEW, &object), "new object of the copy class");
    return object.new_object;
}

struct channel make_channel(void) {
    struct channel_alloc request = {.fb_handle = ~0u, .tt_handle = ENGINE_COPY};
    struct channel made = {0};
    int result = call(IOCTL_CHANNEL_ALLOC, &request);
    if (result == -ENODEV)
        fail("CHANNEL_ALLOC: nouveau has no kernel channel, so it gives none to programs");
    must(result, "CHANNEL_ALLOC");
    made.id = request.channel;
    made.object = new_object(made.id);
    made.fence = make_fence();
    made.push = make_buffer(DOMAIN_GART | DOMAIN_COHERENT, PUSH_BYTES, 0);
    method(&made, SET_OBJECT, 1, copy_class());
    run(&made, "the first push");
    return made;
}

/* The object goes first: nouveau would keep it beyond its channel. */
void drop_channel(struct channel *channel) {
    struct object_delete object = {.type = OBJECT_DELETE, .owner = 0xff, .object = channel->object};
    must(call(IOCTL_OBJECT_DELETE, &object), "deleting an object");
    struct channel_free request = {.channel = channel->id};
    must(call(IOCTL_CHANNEL_FREE, &request), "CHANNEL_FREE");
}

/* ---- the whole ---- */

struct rig open_rig(void) {
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

