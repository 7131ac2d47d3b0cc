// SPDX-License-Identifier: Apache-2.0
/*
 * What nouveau offers to programs: numbers and layouts as the kernel publishes them (include/uapi/drm/nouveau_drm.h, drm.h; the
 * nvif structures of nvif/ioctl.h). Declared here because guests and hosts may lack the headers.
 */
#ifndef LAMELLA_NOUVEAU_API_H
#define LAMELLA_NOUVEAU_API_H

#include <stdint.h>
#include <sys/ioctl.h>

#define DRM_TYPE 'd'
#define DRM_RW(nr, type) _IOWR(DRM_TYPE, nr, type)
#define DRM_W(nr, type) _IOW(DRM_TYPE, nr, type)
#define DRIVER(nr) (0x40 + (nr))

struct gem_close { uint32_t handle, pad; };
struct syncobj_create { uint32_t handle, flags; };
struct syncobj_array { uint64_t handles; uint32_t count, pad; };
struct syncobj_wait {
    uint64_t handles;
    int64_t timeout_nanos; /* absolute, of CLOCK_MONOTONIC */
    uint32_t count, flags, first, pad;
    uint64_t deadline_nanos;
};

struct param { uint64_t param, value; };
struct vm_init { uint64_t kernel_address, kernel_bytes; };
struct gem_info {
    uint32_t handle, domain;
    uint64_t bytes, offset, map_handle;
    uint32_t tile_mode, tile_flags;
};
struct gem_new { struct gem_info info; uint32_t channel_hint, alignment; };
struct channel_alloc {
    uint32_t fb_handle, tt_handle;
    int32_t channel;
    uint32_t push_domains, notifier_handle;
    struct { uint32_t handle, class_id; } subchannel[8];
    uint32_t subchannels;
};
struct channel_free { int32_t channel; };
struct sync_point { uint32_t flags, handle; uint64_t value; };
struct bind_op { uint32_t op, flags, handle, pad; uint64_t address, offset, bytes; };
struct vm_bind {
    uint32_t ops, flags, waits, signals;
    uint64_t wait_pointer, signal_pointer, op_pointer;
};
struct exec_push { uint64_t address; uint32_t bytes, flags; };
struct exec {
    uint32_t channel, pushes, waits, signals;
    uint64_t wait_pointer, signal_pointer, push_pointer;
};
struct object_new {
    uint8_t version, type, pad1[4], owner, route;
    uint64_t token, object;
    /* what follows says which object */
    uint8_t new_version, pad2[6], new_route;
    uint64_t new_token, new_object;
    uint32_t handle;
    int32_t class_id;
};

struct object_delete {
    uint8_t version, type, pad1[4], owner, route;
    uint64_t token, object;
};

/* The older interface: the driver chooses addresses, and a push names every buffer that it uses. */
struct push_buffer_object {
    uint64_t private;
    uint32_t handle, read_domains, write_domains, valid_domains;
    struct { uint32_t valid, domain; uint64_t offset; } presumed;
};
struct push_relocation {
    uint32_t at_object, at_offset, object, flags, data, for_vram, for_gart;
};
struct push_piece { uint32_t object, pad; uint64_t offset, bytes; };
struct push_request {
    uint32_t channel, objects;
    uint64_t object_pointer;
    uint32_t relocations, pieces;
    uint64_t relocation_pointer, piece_pointer;
    uint32_t suffix[2];
    uint64_t vram_available, gart_available;
};
struct cpu_prepare { uint32_t handle, flags; };

#define IOCTL_GEM_CLOSE DRM_W(0x09, struct gem_close)
#define IOCTL_SYNCOBJ_CREATE DRM_RW(0xbf, struct syncobj_create)
#define IOCTL_SYNCOBJ_DESTROY DRM_RW(0xc0, struct syncobj_create)
#define IOCTL_SYNCOBJ_WAIT DRM_RW(0xc3, struct syncobj_wait)
#define IOCTL_SYNCOBJ_RESET DRM_RW(0xc4, struct syncobj_array)
#define IOCTL_GETPARAM DRM_RW(DRIVER(0x00), struct param)
#define IOCTL_CHANNEL_ALLOC DRM_RW(DRIVER(0x02), struct channel_alloc)
#define IOCTL_CHANNEL_FREE DRM_W(DRIVER(0x03), struct channel_free)
#define IOCTL_OBJECT_NEW DRM_RW(DRIVER(0x07), struct object_new)
#define IOCTL_OBJECT_DELETE DRM_RW(DRIVER(0x07), struct object_delete)
#define IOCTL_VM_INIT DRM_RW(DRIVER(0x10), struct vm_init)
#define IOCTL_VM_BIND DRM_RW(DRIVER(0x11), struct vm_bind)
#define IOCTL_EXEC DRM_RW(DRIVER(0x12), struct exec)
#define IOCTL_GEM_NEW DRM_RW(DRIVER(0x40), struct gem_new)
#define IOCTL_PUSHBUF DRM_RW(DRIVER(0x41), struct push_request)
#define IOCTL_CPU_PREPARE DRM_W(DRIVER(0x42), struct cpu_prepare)

enum {
    PARAM_DEVICE = 4,
    PARAM_VRAM_BYTES = 8,
    PARAM_CHIPSET = 11,
    PARAM_PUSH_MAX = 17,
    DOMAIN_VRAM = 1 << 1,
    DOMAIN_GART = 1 << 2,
    DOMAIN_MAPPABLE = 1 << 3,
    DOMAIN_COHERENT = 1 << 4,
    BIND_MAP = 0,
    BIND_UNMAP = 1,
    BIND_ASYNC = 1,
    ENGINE_COPY = 0x30,
    WAIT_ALL = 1,
    WAIT_FOR_SUBMIT = 2,
    OBJECT_NEW = 2,
    OBJECT_DELETE = 3,
    ROUTE_CHANNEL = 0xff,
    RELOCATION_LOW = 1,
    CPU_WRITES = 4,
    MOST_PIECES = 512,
};

/* Methods of the classes AMPERE_DMA_COPY_B and BLACKWELL_DMA_COPY_B (clc7b5.h, clcab5.h) and of the host (clc56f.h). */
enum {
    CLASS_AMPERE_COPY = 0xc7b5,
    CLASS_BLACKWELL_COPY = 0xcab5,
    CHIPSET_BLACKWELL = 0x1b2,
    SUBCHANNEL = 4,
    SET_OBJECT = 0x000,
    HOST_NOP = 0x008,
    HOST_SEM_ADDR_LO = 0x05c,
    COPY_LAUNCH = 0x300,
    COPY_OFFSET_IN_UPPER = 0x400,
    COPY_LINE_LENGTH = 0x418,
    COPY_REMAP_CONST_A = 0x700,
    COPY_REMAP_COMPONENTS = 0x708,
    COPY_TO_BLOCK_SIZE = 0x70c,   /* then width, height, depth, layer */
    COPY_FROM_BLOCK_SIZE = 0x728, /* likewise */
    COPY_FROM_X = 0x744,          /* then y, and x and y of the destination */
    BLOCK_GOB_OF_8_LINES = 1 << 12,
    LAUNCH_NON_PIPELINED = 2,
    LAUNCH_FLUSH = 1 << 2,
    LAUNCH_SRC_PITCH = 1 << 7,
    LAUNCH_DST_PITCH = 1 << 8,
    LAUNCH_MULTI_LINE = 1 << 9,
    LAUNCH_REMAP = 1 << 10,
    REMAP_CONST_A = 4,
};

#endif
