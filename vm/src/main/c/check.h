// SPDX-License-Identifier: Apache-2.0
/* What the parts of the check program share. */
#ifndef LAMELLA_CHECK_H
#define LAMELLA_CHECK_H

#include "nouveau_api.h"
#include <stdint.h>

#define BUFFER_BYTES (8u << 20)
#define PUSH_BYTES (256u << 10)
#define MOST_PUSHES 500
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

struct rig {
    struct channel channel;
    struct buffer gart, stage, vram, other;
};

/* gpu.c */
extern int device;
extern uint64_t next_address;
extern uint64_t random_state;

void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
int call(unsigned long request, void *argument);
void must(int result, const char *what);
uint64_t nanos(void);
uint64_t random_number(void);
void report(const char *path, uint64_t copies, uint64_t bytes, uint64_t took_nanos);
void bind_range(uint32_t operation, uint32_t handle, uint64_t address, uint64_t bytes, uint32_t signal);
struct buffer make_buffer(uint32_t domain, uint64_t bytes, int shadowed);
void drop_handle(uint32_t handle);
uint32_t make_fence(void);
void wait_fence(uint32_t fence, const char *what);
void reset_fence(uint32_t fence);
void method(struct channel *channel, uint32_t offset, uint32_t count, ...);
int submit(struct channel *channel, uint32_t wait, uint32_t signal);
int submit_words(struct channel *channel, uint32_t words, uint32_t pushes, uint32_t signal);
int submit_part(struct channel *channel, uint32_t first, uint32_t signal);
void run(struct channel *channel, const char *what);
int is_dead(struct channel *channel);
/* the class of copy engines that the GPU has */
uint32_t copy_class(void);
uint64_t new_object(int channel);
struct channel make_channel(void);
void drop_channel(struct channel *channel);
struct rig open_rig(void);

/* copies.c */
void copy(struct channel *channel, uint64_t to, uint64_t from, uint32_t bytes);
void addresses(struct channel *channel, uint64_t to, uint64_t from, uint32_t pitch_to, uint32_t pitch_from);
void load(struct rig *rig, struct buffer *buffer);
void verify(struct rig *rig, const char *path, struct buffer *buffer);
void verify_mapped(const char *path, const struct buffer *buffer);
void path_copies(struct rig *rig, const char *path, struct buffer *to, struct buffer *from);
void path_lines(struct rig *rig);
void copies(struct rig *rig);
void fill_random(struct buffer *buffer);

/* blocks.c */
void path_blocks(struct rig *rig);

/* channels.c */
void path_chain(struct rig *rig);
void path_overlap(struct rig *rig);
void processes(uint64_t seed);

/* pushbuf.c */
void older_interface(uint64_t seed);

/* load.c */
void keep_busy(int arguments, char **argument);

/* misbehave.c */
void misbehave(struct rig *rig, const char *mode);

#endif
