/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GPU core's interface for C.
 *
 * A core drives one or more GPUs: it boots the firmware, divides frame buffer, channel ids and BAR1, carries requests to the
 * firmware's resource manager, enables virtual functions and tells of events. Its clients (a vGPU manager, a DRM-like driver,
 * others) are peers that know this interface and nothing of one another. The interface is the same on both sides of the language
 * border: what io.lamella.core is in Java, this header is in C, call by call. docs/core.md explains it; this file is exact.
 *
 * A core is a shared library that exports lamella_core_table(). Versions, ownership, threads and errors:
 *
 * VERSION   One number for the table and for what its calls mean. Within a major version the table only grows at its end, structs
 *           with a struct_size grow at their end, and enumerations get new values; every other struct, every value and every meaning
 *           stays. Functions and constants say "since" where they are newer than 1.2, the first version in C. A client asks for the
 *           table with the version it was compiled against, and negotiates what the calls mean when it attaches.
 *
 * HANDLES   Everything that is open has a handle: 64 bits, never 0, meaningful to the core that gave it alone, and not given to
 *           something else afterwards. A core checks each handle it is passed: one of another kind or from nowhere is -ENOENT, one
 *           that was closed is -ESHUTDOWN. So closing may race with calls. Closing a second time returns 0 and does nothing.
 *
 * OWNERSHIP A GPU owns its sessions, a session what was allocated in it, an RM client its objects and replies. Closing the owner
 *           closes what it owns, newest first. What a caller passes in (structs, strings, arrays) stays the caller's and is not used
 *           after the call returns, except for a platform (until gpu_close returns) and a listener's context (until session_close
 *           returns). What a core writes it writes to the caller's memory; the memory of a host-memory object is the one thing that
 *           it lends, until that object is closed.
 *
 * THREADS   Every function may be called from any thread, several at a time, with the same handle too. None waits without a limit.
 *           A call that is under way while its object, session or GPU is closed returns its result or -ESHUTDOWN.
 *
 * REVOKING  When the function leaves the bus, each session hears LAMELLA_EVENT_FUNCTION_GONE, and every call that needs the GPU returns
 *           -ENODEV, also those under way. What remains is to close, and to ask for what is known (gpu_describe, session_held, ...).
 *           Host memory stays readable until it is closed.
 *
 * ERRORS    Functions return 0 or a negative errno as listed below. The last parameter, which may be NULL, is filled in on failure
 *           only, with the same code, the resource manager's status if it was the one that refused, and one sentence for a person.
 *           Other outputs are not written on failure. A pointer that is not described as "may be NULL" is refused with -EINVAL.
 *
 * TEXT      UTF-8, ended by a 0, and no longer than the constant says, the 0 included; longer text from a caller is refused with
 *           -EINVAL, longer text from a core is cut between characters.
 *
 * LISTS     Calls that fill an array take its capacity and always set *count to how many elements there are; they write the first
 *           ones that fit. With capacity 0 the array may be NULL. Likewise for bytes and text, where *size is without the final 0.
 *
 * Bytes in memory are little-endian; so far only 64-bit Linux is supported.
 */
#ifndef LAMELLA_CORE_H
#define LAMELLA_CORE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LAMELLA_EXPORT __attribute__((visibility("default")))
#else
#define LAMELLA_EXPORT
#endif

#define LAMELLA_CORE_MAJOR 1u
#define LAMELLA_CORE_MINOR 2u
/* How abi_version is made. */
#define LAMELLA_VERSION(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))
#define LAMELLA_CORE_VERSION LAMELLA_VERSION(LAMELLA_CORE_MAJOR, LAMELLA_CORE_MINOR)

/* ---- limits ---- */

#define LAMELLA_SENTENCE_BYTES 512u    /* lamella_error.sentence */
#define LAMELLA_LABEL_BYTES 512u       /* labels; besides, 1 to 128 printable characters */
#define LAMELLA_IDENTITY_BYTES 256u    /* a client's name and version; besides, at most 64 printable characters */
#define LAMELLA_NAME_BYTES 128u        /* names of controls, classes, fields, firmware files */
#define LAMELLA_REASON_BYTES 512u      /* reasons, texts of events and of the log */
#define LAMELLA_SPEC_BYTES 256u        /* lamella_open_options.spec */
#define LAMELLA_SHORT_BYTES 32u        /* chips, releases, engines */
#define LAMELLA_MAX_RELEASES 8u        /* lamella_open_options.releases */
#define LAMELLA_MAX_FIELDS 8192u       /* fields of one request */
#define LAMELLA_MAX_BLOB_BYTES 65536u  /* bytes of one field */
#define LAMELLA_MAX_BLOCK_BYTES (1ull << 30) /* one block read, block write or fill */

/* ---- errors: Linux's numbers, negative ---- */

#define LAMELLA_OK 0
#define LAMELLA_INVALID (-22)        /* -EINVAL: an argument is wrong */
#define LAMELLA_NOT_SUPPORTED (-95)  /* -EOPNOTSUPP: interface version, chip, firmware, control or field that the core does not know */
#define LAMELLA_NOT_PERMITTED (-1)   /* -EPERM: the session did not ask for the capability */
#define LAMELLA_NO_SPACE (-28)       /* -ENOSPC: not enough of a resource; the sentence says what is free */
#define LAMELLA_BUSY (-16)           /* -EBUSY: in use, or in a state that does not allow it now */
#define LAMELLA_NOT_FOUND (-2)       /* -ENOENT: no such object, file or engine */
#define LAMELLA_TIMED_OUT (-110)     /* -ETIMEDOUT: the GPU or its firmware did not answer in time */
#define LAMELLA_DEVICE_FAULT (-5)    /* -EIO: hardware, firmware or a firmware file is not what it should be */
#define LAMELLA_CLOSED (-108)        /* -ESHUTDOWN: the object, session or GPU was closed */
#define LAMELLA_GONE (-19)           /* -ENODEV: the function is gone from the bus */

/* Why a call failed. The caller's memory; no need to clear it first. */
struct lamella_error {
    int32_t code;       /* what the call returned */
    uint32_t rm_status; /* the resource manager's own status word, or 0 if it was not asked; for logs */
    char sentence[LAMELLA_SENTENCE_BYTES];
};

/* ---- handles ---- */

typedef uint64_t lamella_gpu;
typedef uint64_t lamella_session;
typedef uint64_t lamella_resource; /* any of those below: resource_close() and the like take all of them */
typedef uint64_t lamella_fb;       /* a range of frame buffer */
typedef uint64_t lamella_channel_ids;
typedef uint64_t lamella_bar1;     /* a mapping of frame buffer into BAR1 */
typedef uint64_t lamella_rm;       /* a client of the firmware's resource manager */
typedef uint64_t lamella_host_memory;
typedef uint64_t lamella_memory;   /* a lamella_fb or a lamella_host_memory */
typedef uint64_t lamella_space;    /* a GPU virtual address space */
typedef uint64_t lamella_channel;  /* a GPFIFO channel */
typedef uint64_t lamella_reply;    /* the answer to a control; not a resource: reply_free() */

/* ---- what a GPU is ---- */

struct lamella_pci_address {
    uint32_t domain;   /* 0 to 65535 */
    uint32_t bus;      /* 0 to 255 */
    uint32_t device;   /* 0 to 31 */
    uint32_t function; /* 0 to 7 */
};

/* Does not change while the GPU is open. The caller sets struct_size; fields past it are not written. */
struct lamella_description {
    uint32_t struct_size;
    uint32_t vendor_id;
    uint32_t device_id;
    uint32_t subsystem_vendor_id;
    uint32_t subsystem_id;
    uint32_t revision;
    struct lamella_pci_address address;
    char chip[LAMELLA_SHORT_BYTES];             /* such as "AD102" */
    char name[64];                              /* as the firmware gives it, such as "NVIDIA L40" */
    char firmware_release[LAMELLA_SHORT_BYTES]; /* such as "570.144" */
    uint64_t fb_size;             /* the whole frame buffer */
    uint64_t usable_fb_offset;    /* the part that clients may have: where it begins */
    uint64_t usable_fb_size;      /* and its length */
    uint64_t vmmu_segment_size;   /* the unit in which frame buffer goes to virtual functions; 0 without a VMMU */
    uint64_t bar1_size;
    uint32_t channel_ids;         /* hardware channel ids in all */
    uint32_t host_channel_ids;    /* how many of them, from 0 upwards, are the core's */
    uint32_t virtual_functions;   /* how many can be enabled: gpu_virtual_functions() has them */
    uint32_t engines;             /* how many take work: gpu_engines() has them */
};

struct lamella_virtual_function {
    uint32_t index; /* counted from 0 */
    uint32_t gfid;  /* the GPU's own number for it: index + 1 */
    struct lamella_pci_address address; /* where it appears once enabled */
};

struct lamella_engine {
    char name[LAMELLA_SHORT_BYTES]; /* such as "CE0" */
    uint32_t engine_type;    /* the resource manager's engine type (NV2080 numbering) */
    uint32_t runlist_id;
    int32_t non_stall_vector; /* -1 where it has none */
    uint32_t engine_class;   /* class of the engine's object, such as 0xc7b5; 0 where a channel cannot be opened on it */
};

/* ---- what a session may do; bits of a set ---- */

#define LAMELLA_CAP_GSP_CLIENT (1ull << 0)     /* RM clients, objects, controls */
#define LAMELLA_CAP_FB_MEMORY (1ull << 1)      /* ranges of frame buffer, and scrubbing them */
#define LAMELLA_CAP_BAR1_MAPPING (1ull << 2)   /* mappings of frame buffer into BAR1 */
#define LAMELLA_CAP_CHANNEL_IDS (1ull << 3)    /* ranges of channel ids */
#define LAMELLA_CAP_SR_IOV (1ull << 4)         /* switching virtual functions on and off */
#define LAMELLA_CAP_VF_DOORBELL (1ull << 5)    /* calling a virtual function's firmware task */
#define LAMELLA_CAP_HOST_MEMORY (1ull << 6)    /* system memory that the GPU reaches */
#define LAMELLA_CAP_ADDRESS_SPACES (1ull << 7) /* GPU virtual address spaces */
#define LAMELLA_CAP_CHANNELS (1ull << 8)       /* GPFIFO channels of the physical function */

/* ---- events ---- */

enum lamella_event_kind {
    LAMELLA_EVENT_FUNCTION_GONE = 1,   /* text: why. The last event of a session */
    LAMELLA_EVENT_SRIOV_CHANGED = 2,   /* value: how many virtual functions are enabled now */
    LAMELLA_EVENT_CHANNEL_ERROR = 3,   /* gfid (0: the physical function), engine_type, channel_id, exception_type */
    LAMELLA_EVENT_OS_ERROR = 4,        /* exception_type, runlist_id, channel_id, text */
    LAMELLA_EVENT_GUEST_DRIVER = 5,    /* gfid; value: a lamella_guest_change */
    LAMELLA_EVENT_FIRMWARE_HALTED = 6, /* text: why. Requests to the firmware fail from here on */
    LAMELLA_EVENT_NON_STALL = 7        /* value: the GPU's interrupt vector, lamella_engine.non_stall_vector */
};

enum lamella_guest_change {
    LAMELLA_GUEST_LOADED = 0,   /* the guest's driver has started its firmware */
    LAMELLA_GUEST_UNLOADED = 1, /* it said good-bye */
    LAMELLA_GUEST_CRASHED = 2   /* what it said made no sense, and it is no longer served */
};

/* The core's memory, for the time of the call. Fields that an event does not name are 0; unknown kinds are to be ignored. */
struct lamella_event {
    uint32_t struct_size;
    uint32_t kind;
    uint32_t gfid;
    uint32_t engine_type;
    uint32_t runlist_id;
    uint32_t channel_id;
    uint32_t exception_type; /* the resource manager's number for the error (Xid) */
    uint32_t value;
    char text[LAMELLA_REASON_BYTES];
};

/*
 * A listener. Called on a thread of the core's, one event of a session at a time and in order; later events wait for it, so it should
 * be quick. It may call the core, but a session cannot be closed from its own listener: that is -EBUSY and changes nothing, and so is
 * closing the GPU.
 */
typedef void (*lamella_on_event)(void *context, const struct lamella_event *event);

/* ---- the platform: what a core is given to drive a GPU with ---- */

#define LAMELLA_BAR_ROM 6u   /* BARs are 0 to 5; this index is the expansion ROM */
#define LAMELLA_BAR_WIDE 1u  /* flags: takes 64 bits, and so the next BAR register too */
#define LAMELLA_BAR_PREFETCHABLE 2u

struct lamella_bar {
    uint64_t size; /* a power of two, or 0 for none */
    uint32_t flags;
    uint32_t reserved;
};

/* A piece of memory that the device can reach. */
struct lamella_dma {
    void *memory;  /* as the core sees it; zeroed at first */
    uint64_t iova; /* as the device sees it, below 2^47 */
    uint64_t size; /* what was asked for in whole pages of 4 KiB */
    uint64_t id;   /* for dma_free() */
};

enum lamella_log_level {
    LAMELLA_LOG_ERROR = 0,
    LAMELLA_LOG_WARNING = 1,
    LAMELLA_LOG_INFO = 2,
    LAMELLA_LOG_DEBUG = 3
};

enum lamella_interrupt_kind {
    LAMELLA_INTERRUPT_PIN = 0,
    LAMELLA_INTERRUPT_MSI = 1,
    LAMELLA_INTERRUPT_MSI_X = 2
};

/* Called on a thread of the platform's own, never twice at the same time. It may use the platform. */
typedef void (*lamella_on_interrupt)(void *context, uint32_t vector);

struct lamella_core_ops;

/*
 * One PCI function and what its driver needs besides. The opener's memory, unchanged until gpu_close() has returned; the functions may
 * be called from any thread until then, and never afterwards. The core makes one configuration or BAR access at a time and resets
 * between accesses; the other functions may be called at any time. They return 0 or a negative errno and take no error sentence.
 */
struct lamella_platform {
    uint32_t abi_version; /* LAMELLA_CORE_VERSION of the header it was made with */
    uint32_t struct_size;
    void *context; /* first argument of each function */

    /* Another core that this one may build on, or NULL: an interposer hands its calls, and this platform, on to it. */
    const struct lamella_core_ops *next;

    /*
     * Accesses are 1, 2, 4 or 8 bytes wide; the value is in the low bits, zero-extended. Outside of configuration space or of a BAR, and
     * for a function that is gone, reads give ones and writes do nothing.
     */
    int32_t (*config_size)(void *context, uint32_t *size); /* 256 or 4096 */
    int32_t (*config_read)(void *context, uint32_t offset, uint32_t width, uint64_t *value);
    int32_t (*config_write)(void *context, uint32_t offset, uint32_t width, uint64_t value);
    int32_t (*bar_describe)(void *context, uint32_t bar, struct lamella_bar *out);
    int32_t (*bar_read)(void *context, uint32_t bar, uint64_t offset, uint32_t width, uint64_t *value);
    int32_t (*bar_write)(void *context, uint32_t bar, uint64_t offset, uint32_t width, uint64_t value);
    /* Runs of bytes, at most LAMELLA_MAX_BLOCK_BYTES: the same as single accesses in rising order. */
    int32_t (*bar_read_block)(void *context, uint32_t bar, uint64_t offset, void *to, uint64_t size);
    int32_t (*bar_write_block)(void *context, uint32_t bar, uint64_t offset, const void *from, uint64_t size);

    /* alignment of the iova: a power of two, at least 4096. Memory that was not freed goes with the GPU's closing. */
    int32_t (*dma_allocate)(void *context, uint64_t size, uint64_t alignment, struct lamella_dma *out);
    int32_t (*dma_free)(void *context, uint64_t id);

    /* How many interrupts of that lamella_interrupt_kind the function can raise. */
    int32_t (*interrupt_count)(void *context, uint32_t kind, uint32_t *count);
    /*
     * Who is told of interrupts; replaces the one before, NULL for nobody. On return the one before is not running and is not called
     * again, unless this is called from within it.
     */
    int32_t (*interrupt_listen)(void *context, lamella_on_interrupt listener, void *listener_context);

    /* Function-level reset. *done (may be NULL): whether the function can be reset at all. */
    int32_t (*reset)(void *context, uint32_t *done);

    /*
     * A firmware file by its name in linux-firmware, such as "nvidia/ad102/gsp/gsp-570.144.bin". *size is that of the file; at most
     * capacity bytes are written. -ENOENT where there is no such file, -EIO where it cannot be read.
     */
    int32_t (*firmware_read)(void *context, const char *name, void *to, uint64_t capacity, uint64_t *size);

    /* One line for the log, cut at LAMELLA_REASON_BYTES. A core that has nothing to complain of writes nothing above debug. */
    void (*log)(void *context, uint32_t level, const char *text);

    /* Nanoseconds since some fixed point; never goes back. */
    uint64_t (*clock_nanos)(void *context);
    /* Waits about that long; may return early. */
    void (*sleep_nanos)(void *context, uint64_t nanos);
};

/* ---- arguments ---- */

/* What the opener may decide; 0 and NULL are "as the core likes". */
struct lamella_open_options {
    uint32_t struct_size;
    uint32_t host_channels;   /* how many channel ids the core keeps for its own side, from 0 upwards */
    uint32_t rpc_timeout_ms;  /* how long the firmware may take to answer a call */
    uint32_t boot_timeout_ms; /* how long any one step of booting may take */
    struct lamella_pci_address address; /* where the function sits; all 0 for 0000:01:00.0 */
    uint32_t release_count;
    uint32_t reserved;
    const char *const *releases; /* firmware releases to try, the preferred one first, each of LAMELLA_SHORT_BYTES; may be NULL */
    /*
     * Which GPU, for a core that can find one by itself: used when the platform is NULL, may be NULL otherwise. liblamella-core.so
     * knows "software", a GPU in software that needs no hardware, and "software:BOARD".
     */
    const char *spec;
};

struct lamella_attach {
    uint32_t struct_size;
    uint32_t lowest;  /* LAMELLA_VERSION: the least that the client needs */
    uint32_t highest; /* the newest that it knows, of the same major version */
    uint32_t reserved;
    const char *client;         /* such as "vgpu"; appears in leak reports and refusals; LAMELLA_IDENTITY_BYTES */
    const char *driver_version; /* the client's own, free text; may be NULL; LAMELLA_IDENTITY_BYTES */
    uint64_t capabilities;      /* what it means to do; it gets all of it or is refused */
    lamella_on_event on_event;  /* may be NULL */
    void *event_context;
};

/* The caller sets struct_size. */
struct lamella_session_info {
    uint32_t struct_size;
    uint32_t version; /* the agreed one */
    lamella_session session;
    lamella_gpu gpu;
    uint64_t capabilities;
    char client[LAMELLA_IDENTITY_BYTES];
    char driver_version[LAMELLA_IDENTITY_BYTES];
};

enum lamella_resource_kind {
    LAMELLA_RESOURCE_FB = 1,
    LAMELLA_RESOURCE_CHANNEL_IDS = 2,
    LAMELLA_RESOURCE_BAR1 = 3,
    LAMELLA_RESOURCE_RM = 4,
    LAMELLA_RESOURCE_HOST_MEMORY = 5,
    LAMELLA_RESOURCE_SPACE = 6,
    LAMELLA_RESOURCE_CHANNEL = 7
};

struct lamella_resource_info {
    uint32_t kind; /* a lamella_resource_kind */
    uint32_t held; /* 1 while the session has it, 0 once it went back with something else (a mapping with its range) */
    char label[LAMELLA_LABEL_BYTES];
};

enum lamella_alignment {
    LAMELLA_ALIGN_PAGE = 0,        /* 4 KiB */
    LAMELLA_ALIGN_LARGE_PAGE = 1,  /* 2 MiB */
    LAMELLA_ALIGN_VMMU_SEGMENT = 2 /* what is given to a virtual function */
};

enum lamella_position {
    LAMELLA_PLACE_BOTTOM_UP = 0, /* in the hole that fits best, at its lower end */
    LAMELLA_PLACE_TOP_DOWN = 1,  /* as high as possible */
    LAMELLA_PLACE_AT = 2         /* just at offset, a multiple of the alignment */
};

struct lamella_fb_request {
    const char *label;
    uint64_t size; /* rounded up to whole units of the alignment */
    uint64_t offset; /* for LAMELLA_PLACE_AT */
    uint32_t alignment; /* of start and size */
    uint32_t position;
};

struct lamella_range {
    uint64_t offset; /* a byte address in frame buffer, in BAR1, ... */
    uint64_t size;
};

struct lamella_fb_usage {
    uint64_t usable;       /* what clients can have in all */
    uint64_t free;         /* not given to anyone */
    uint64_t largest_free; /* the longest free run */
    uint64_t quarantined;  /* given up until the GPU is opened anew */
};

/* An object of the resource manager. */
struct lamella_rm_object {
    uint32_t handle;   /* unique within its client */
    uint32_t rm_class; /* its class number */
};

struct lamella_rm_roots {
    struct lamella_rm_object client;
    struct lamella_rm_object device;
    struct lamella_rm_object subdevice;
};

enum lamella_field_kind {
    LAMELLA_FIELD_NUMBER = 0, /* number, which must fit its field as signed or as unsigned */
    LAMELLA_FIELD_BYTES = 1   /* the first size bytes of an array of bytes */
};

/* One parameter. Nested fields are named with a dot, elements of an array with an index: "regions[2].base". */
struct lamella_rm_field {
    const char *name; /* LAMELLA_NAME_BYTES */
    uint64_t number;
    const void *bytes;
    uint32_t size; /* at most LAMELLA_MAX_BLOB_BYTES */
    uint32_t kind; /* a lamella_field_kind */
};

/*
 * The parameters of a control or of an allocation, by the names of their fields and without their layout: which bytes they become is
 * decided by the firmware release that runs. Fields that are not named are 0; a name that the release does not have is -EOPNOTSUPP
 * (rm_has_field() tells).
 */
struct lamella_rm_request {
    const char *name; /* of the control or the class; LAMELLA_NAME_BYTES */
    const struct lamella_rm_field *fields; /* may be NULL if there are none */
    uint32_t field_count; /* at most LAMELLA_MAX_FIELDS */
    uint32_t reserved;
};

enum lamella_access {
    LAMELLA_READ_WRITE = 0,
    LAMELLA_READ_ONLY = 1
};

struct lamella_host_memory_info {
    void *memory; /* zeroed at first; the core's, until the object is closed */
    uint64_t size;
};

struct lamella_channel_info {
    uint32_t channel_id; /* hardware channel id */
    uint32_t engine;     /* index in gpu_engines() */
    uint32_t entries;    /* of its ring */
    uint32_t reserved;
};

struct lamella_channel_error {
    uint32_t present; /* 0 while there is none; then the rest is 0 */
    uint32_t gfid;
    uint32_t engine_type;
    uint32_t channel_id;
    uint32_t exception_type;
    uint32_t reserved;
};

/* ---- the table ---- */

struct lamella_core_ops {
    uint32_t abi_version; /* LAMELLA_VERSION: the newest that the core speaks; it speaks every earlier one of the same major number */
    uint32_t struct_size; /* of the table */

    /*
     * Brings a GPU up: identifies the chip, starts its firmware, asks it what there is. On failure everything is undone and the GPU
     * reset. platform may be NULL if the core can find the GPU that options->spec names; options may be NULL otherwise.
     * Fails with NOT_SUPPORTED for what cannot be driven, NOT_FOUND with the names of missing firmware files, BUSY, TIMED_OUT,
     * DEVICE_FAULT, GONE.
     */
    int32_t (*gpu_open)(const struct lamella_platform *platform, const struct lamella_open_options *options, lamella_gpu *out,
                        struct lamella_error *error);
    /* Ends every session, tells the firmware to unload, resets the GPU. On return the platform and all listeners are no longer used. */
    int32_t (*gpu_close)(lamella_gpu gpu, struct lamella_error *error);
    int32_t (*gpu_describe)(lamella_gpu gpu, struct lamella_description *out, struct lamella_error *error);
    int32_t (*gpu_engines)(lamella_gpu gpu, struct lamella_engine *out, uint32_t capacity, uint32_t *count,
                           struct lamella_error *error);
    int32_t (*gpu_virtual_functions)(lamella_gpu gpu, struct lamella_virtual_function *out, uint32_t capacity, uint32_t *count,
                                     struct lamella_error *error);
    /* Whether the function answers and its firmware runs. Not an error for a GPU that is gone. */
    int32_t (*gpu_is_alive)(lamella_gpu gpu, uint32_t *alive, struct lamella_error *error);
    /* The open sessions of all clients, oldest first. */
    int32_t (*gpu_sessions)(lamella_gpu gpu, lamella_session *out, uint32_t capacity, uint32_t *count, struct lamella_error *error);

    /* Lets a client in. NOT_SUPPORTED if no version suits both, for unknown capabilities and for those that this GPU cannot give. */
    int32_t (*session_attach)(lamella_gpu gpu, const struct lamella_attach *attach, lamella_session *out,
                              struct lamella_error *error);
    int32_t (*session_info)(lamella_session session, struct lamella_session_info *out, struct lamella_error *error);
    /* What it holds, oldest first, one line each with a final newline. */
    int32_t (*session_held)(lamella_session session, char *out, uint64_t capacity, uint64_t *size, struct lamella_error *error);
    /*
     * Gives everything back, newest first. On return the listener is not running and is not called again; BUSY if it still runs after
     * ten seconds: then its context must stay, but the session is closed nevertheless.
     */
    int32_t (*session_close)(lamella_session session, struct lamella_error *error);

    int32_t (*resource_info)(lamella_resource resource, struct lamella_resource_info *out, struct lamella_error *error);
    /* Gives it back. What the hardware refuses is in the log, not in the result. */
    int32_t (*resource_close)(lamella_resource resource, struct lamella_error *error);
    /*
     * Gives it up without giving it back: nobody gets it again until the GPU is opened anew. For what the firmware may still be using
     * after a clean-up that failed. The handle is closed.
     */
    int32_t (*resource_quarantine)(lamella_resource resource, const char *reason, struct lamella_error *error);

    /* Capability FB_MEMORY. The content is whatever was there before. NO_SPACE says what is free. */
    int32_t (*fb_allocate)(lamella_session session, const struct lamella_fb_request *request, lamella_fb *out,
                           struct lamella_range *where, struct lamella_error *error);
    /* Whether nobody has any of these bytes, and all of them can be had. */
    int32_t (*fb_is_free)(lamella_session session, uint64_t offset, uint64_t size, uint32_t *is_free, struct lamella_error *error);
    int32_t (*fb_usage)(lamella_session session, struct lamella_fb_usage *out, struct lamella_error *error);
    /* Overwrites a range of this session with zeroes, and returns when the memory has them. */
    int32_t (*fb_scrub)(lamella_session session, lamella_fb range, struct lamella_error *error);

    /* Capability CHANNEL_IDS. A run of ids on every runlist, aligned to its size where that is a power of two. */
    int32_t (*channel_ids_allocate)(lamella_session session, const char *label, uint32_t count, lamella_channel_ids *out,
                                    uint32_t *first, struct lamella_error *error);
    int32_t (*channel_ids_free)(lamella_session session, uint32_t *free_ids, struct lamella_error *error);

    /*
     * Capability BAR1_MAPPING. Maps part of a range of this session; offset and size in whole pages of 4 KiB. Goes with its range.
     * Accesses are to the device, not to memory; outside of the mapping they are INVALID.
     */
    int32_t (*bar1_map)(lamella_session session, lamella_fb range, uint64_t offset, uint64_t size, lamella_bar1 *out,
                        struct lamella_range *where, struct lamella_error *error);
    /* width: 4 or 8 bytes. */
    int32_t (*bar1_read)(lamella_bar1 mapping, uint64_t offset, uint32_t width, uint64_t *value, struct lamella_error *error);
    int32_t (*bar1_write)(lamella_bar1 mapping, uint64_t offset, uint32_t width, uint64_t value, struct lamella_error *error);
    /* At most LAMELLA_MAX_BLOCK_BYTES each. */
    int32_t (*bar1_read_block)(lamella_bar1 mapping, uint64_t offset, void *to, uint64_t size, struct lamella_error *error);
    int32_t (*bar1_write_block)(lamella_bar1 mapping, uint64_t offset, const void *from, uint64_t size,
                                struct lamella_error *error);
    int32_t (*bar1_fill)(lamella_bar1 mapping, uint64_t offset, uint64_t size, uint32_t byte, struct lamella_error *error);

    /* Capability GSP_CLIENT. A client of the firmware's resource manager with a device and a subdevice. Closing it frees its objects. */
    int32_t (*rm_open)(lamella_session session, const char *label, lamella_rm *out, struct lamella_rm_roots *roots,
                       struct lamella_error *error);
    /* Runs a control on an object of this client and waits for the answer. out may be NULL if the answer is of no interest. */
    int32_t (*rm_control)(lamella_rm rm, const struct lamella_rm_object *object, const struct lamella_rm_request *request,
                          lamella_reply *out, struct lamella_error *error);
    /* Creates an object; the request's name is the class. */
    int32_t (*rm_allocate)(lamella_rm rm, const struct lamella_rm_object *parent, const struct lamella_rm_request *request,
                           struct lamella_rm_object *out, struct lamella_error *error);
    /* Frees an object and all below it. */
    int32_t (*rm_free)(lamella_rm rm, const struct lamella_rm_object *object, struct lamella_error *error);
    /* Whether the running release knows a control (or class) with that field; the control itself if field is "". */
    int32_t (*rm_has_field)(lamella_rm rm, const char *control, const char *field, uint32_t *has, struct lamella_error *error);

    /*
     * The parameters after the firmware has filled in its answer. NOT_SUPPORTED for a field that the release does not have. Numbers are
     * zero-extended. A reply goes with its RM client, or earlier with reply_free().
     */
    int32_t (*reply_number)(lamella_reply reply, const char *field, uint64_t *value, struct lamella_error *error);
    int32_t (*reply_numbers)(lamella_reply reply, const char *field, uint64_t *out, uint32_t capacity, uint32_t *count,
                             struct lamella_error *error);
    int32_t (*reply_bytes)(lamella_reply reply, const char *field, void *out, uint64_t capacity, uint64_t *size,
                           struct lamella_error *error);
    int32_t (*reply_free)(lamella_reply reply, struct lamella_error *error);

    /* Capability SR_IOV. Enables the first count virtual functions, 0 disables all; BUSY when another count is enabled. */
    int32_t (*sriov_enabled)(lamella_session session, uint32_t *count, struct lamella_error *error);
    int32_t (*sriov_enable)(lamella_session session, uint32_t count, struct lamella_error *error);
    /* Capability VF_DOORBELL. Tells the firmware task of a virtual function, by its index, that a message waits for it. */
    int32_t (*vf_doorbell)(lamella_session session, uint32_t virtual_function, struct lamella_error *error);

    /* Capability HOST_MEMORY. System memory that the GPU reaches, zeroed. */
    int32_t (*host_memory_allocate)(lamella_session session, const char *label, uint64_t size, lamella_host_memory *out,
                                    struct lamella_host_memory_info *info, struct lamella_error *error);

    /* Capability ADDRESS_SPACES. *size: addresses run from 0 to this, the first page of 4 KiB cannot be used. */
    int32_t (*space_create)(lamella_session session, const char *label, lamella_space *out, uint64_t *size,
                            struct lamella_error *error);
    /* Multiples of 4 KiB; INVALID if it overlaps another bind or leaves the space or the memory. access: a lamella_access. */
    int32_t (*space_bind)(lamella_space space, uint64_t address, lamella_memory memory, uint64_t offset, uint64_t size,
                          uint32_t access, struct lamella_error *error);
    /* Exactly whole earlier binds, one or more. On return the GPU no longer uses them. */
    int32_t (*space_unbind)(lamella_space space, uint64_t address, uint64_t size, struct lamella_error *error);

    /*
     * Capability CHANNELS. A GPFIFO channel on an engine (its index in gpu_engines()), working in a space of this session. The core has
     * created the engine's object; the client binds it to a subchannel with SET_OBJECT. Closing the space closes its channels first.
     */
    int32_t (*channel_open)(lamella_session session, const char *label, uint32_t engine, lamella_space space, uint32_t entries,
                            lamella_channel *out, struct lamella_channel_info *info, struct lamella_error *error);
    /*
     * One GPFIFO entry, then the doorbell. size: a multiple of 4, at most 4 MiB - 4. BUSY when the ring is full, DEVICE_FAULT with the
     * reason after the channel faulted. Completion is the client's: semaphores in memory, LAMELLA_EVENT_NON_STALL.
     */
    int32_t (*channel_submit)(lamella_channel channel, uint64_t push_address, uint32_t size, struct lamella_error *error);
    /* Entries that the GPU has not fetched yet. */
    int32_t (*channel_pending)(lamella_channel channel, uint32_t *entries, struct lamella_error *error);
    /* Why the channel stopped, if it did. */
    int32_t (*channel_error)(lamella_channel channel, struct lamella_channel_error *out, struct lamella_error *error);
};

/*
 * What every core exports. Gives the core's table, which is the core's memory, constant, and good until the process ends.
 * NOT_SUPPORTED, and *out unchanged, unless the core speaks wanted_major and at least wanted_minor of it; INVALID if out is NULL.
 */
LAMELLA_EXPORT int32_t lamella_core_table(uint32_t wanted_major, uint32_t wanted_minor, const struct lamella_core_ops **out);
typedef int32_t (*lamella_core_table_function)(uint32_t wanted_major, uint32_t wanted_minor, const struct lamella_core_ops **out);

/* ---- liblamella-core.so alone ---- */

/*
 * Why lamella_core_table() of this library failed (no Java runtime, ...): the same rules as reply_bytes(). About the process's last
 * failure.
 */
LAMELLA_EXPORT int32_t lamella_core_refusal(char *out, uint64_t capacity, uint64_t *size);

/*
 * A platform by the name of a GPU, as gpu_open() takes in options->spec ("software"): for a program that wants to drive a GPU with
 * another core, or to stand between core and GPU. Its next is this library's table. The struct is the library's and constant; a copy
 * of it, with functions exchanged, is as good. Close the GPU first.
 */
LAMELLA_EXPORT int32_t lamella_platform_open(const char *spec, const struct lamella_platform **out, struct lamella_error *error);
LAMELLA_EXPORT int32_t lamella_platform_close(const struct lamella_platform *platform, struct lamella_error *error);

#ifdef __cplusplus
}
#endif

#endif
