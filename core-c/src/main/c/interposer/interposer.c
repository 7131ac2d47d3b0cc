/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core that stands in front of another: it writes a line for each call into the file that LAMELLA_INTERPOSER_LOG names, and
 * hands the call on to the core that its platform gives as next. An example of a core in a shared library, and a tool for
 * whoever wants to see what clients ask of a core.
 *
 * What clients get are the next core's handles. All GPUs must have the same next. Listeners are wrapped, so that events are
 * logged too; a wrapper lives until its session is closed.
 */
#define _POSIX_C_SOURCE 200809L

#include "log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listener {
    struct listener *following;
    lamella_gpu gpu;
    lamella_session session;
    lamella_on_event on_event;
    void *context;
};

/* Protects what follows. */
static pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER;
static const struct lamella_core_ops *next_core;
static struct listener *listeners;

static int32_t refuse(struct lamella_error *error, int32_t code, const char *sentence)
{
    if (error != NULL) {
        memset(error, 0, sizeof *error);
        error->code = code;
        snprintf(error->sentence, sizeof error->sentence, "%s", sentence);
    }
    return code;
}

static const struct lamella_core_ops *next(void)
{
    const struct lamella_core_ops *found;
    pthread_mutex_lock(&state);
    found = next_core;
    pthread_mutex_unlock(&state);
    return found;
}

/* Calls the next core. Where there is none yet, no handle can be good. */
#define NEXT(function, ...) \
    (next() == NULL ? refuse(error, LAMELLA_NOT_FOUND, "No GPU has been opened.") : next()->function(__VA_ARGS__))

/* ---- opening ---- */

static int32_t adopt(const struct lamella_platform *platform, struct lamella_error *error)
{
    const struct lamella_core_ops *wanted;
    int32_t result = LAMELLA_OK;
    if (platform == NULL) {
        return refuse(error, LAMELLA_INVALID, "The interposer finds no GPU by itself: it needs a platform.");
    }
    wanted = platform->next;
    if (wanted == NULL) {
        return refuse(error, LAMELLA_NOT_SUPPORTED, "The interposer drives nothing: its platform must name a next core.");
    }
    if (wanted->abi_version >> 16 != LAMELLA_CORE_MAJOR || wanted->struct_size < sizeof *wanted) {
        return refuse(error, LAMELLA_NOT_SUPPORTED, "The next core speaks an older version of the interface.");
    }
    pthread_mutex_lock(&state);
    if (next_core == NULL) {
        next_core = wanted;
    } else if (next_core != wanted) {
        result = LAMELLA_NOT_SUPPORTED;
    }
    pthread_mutex_unlock(&state);
    return result == LAMELLA_OK ? result : refuse(error, result, "The interposer stands before another core already.");
}

static int32_t log_gpu_open(const struct lamella_platform *platform, const struct lamella_open_options *options, lamella_gpu *out,
                            struct lamella_error *error)
{
    struct call call = begin("gpu_open", "spec=\"%s\"", options != NULL ? text(options->spec) : "(null)");
    int32_t result = adopt(platform, error);
    return end(&call, result != LAMELLA_OK ? result : NEXT(gpu_open, platform, options, out, error), error);
}

/* Drops the listeners of a session, or of a GPU with all its sessions. None of them runs any more. */
static void forget(lamella_gpu gpu, lamella_session session)
{
    struct listener **link;
    pthread_mutex_lock(&state);
    link = &listeners;
    while (*link != NULL) {
        struct listener *one = *link;
        if (session != 0 ? one->session == session : one->gpu == gpu) {
            *link = one->following;
            free(one);
        } else {
            link = &one->following;
        }
    }
    pthread_mutex_unlock(&state);
}

static int32_t log_gpu_close(lamella_gpu gpu, struct lamella_error *error)
{
    struct call call = begin("gpu_close", "gpu=%" PRIx64, gpu);
    int32_t result = NEXT(gpu_close, gpu, error);
    if (result == LAMELLA_OK) {
        forget(gpu, 0);
    }
    return end(&call, result, error);
}

static void on_event(void *context, const struct lamella_event *event)
{
    struct listener *listener = context;
    lamella_session session;
    pthread_mutex_lock(&state);
    session = listener->session;
    pthread_mutex_unlock(&state);
    log_event(session, event);
    if (listener->on_event != NULL) {
        listener->on_event(listener->context, event);
    }
}

static int32_t log_session_attach(lamella_gpu gpu, const struct lamella_attach *attach, lamella_session *out,
                                  struct lamella_error *error)
{
    struct call call = begin("session_attach", "gpu=%" PRIx64 ", client=\"%s\", capabilities=%" PRIx64, gpu,
                             attach != NULL ? text(attach->client) : "(null)", attach != NULL ? attach->capabilities : 0);
    struct lamella_attach wrapped;
    struct listener *listener;
    int32_t result;
    if (attach == NULL || out == NULL || attach->struct_size < sizeof wrapped) {
        return end(&call, NEXT(session_attach, gpu, attach, out, error), error);
    }
    listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return end(&call, refuse(error, LAMELLA_NO_SPACE, "The interposer has no memory for a listener."), error);
    }
    listener->gpu = gpu;
    listener->on_event = attach->on_event;
    listener->context = attach->event_context;
    wrapped = *attach;
    wrapped.struct_size = sizeof wrapped;
    wrapped.on_event = on_event;
    wrapped.event_context = listener;
    result = NEXT(session_attach, gpu, &wrapped, out, error);
    if (result != LAMELLA_OK) {
        free(listener);
        return end(&call, result, error);
    }
    pthread_mutex_lock(&state);
    listener->session = *out;
    listener->following = listeners;
    listeners = listener;
    pthread_mutex_unlock(&state);
    return end(&call, result, error);
}

static int32_t log_session_close(lamella_session session, struct lamella_error *error)
{
    struct call call = begin("session_close", "session=%" PRIx64, session);
    int32_t result = NEXT(session_close, session, error);
    if (result == LAMELLA_OK) {
        forget(0, session);
    }
    return end(&call, result, error);
}

/* ---- the rest is handed on as it is ---- */

static int32_t log_gpu_describe(lamella_gpu gpu, struct lamella_description *out, struct lamella_error *error)
{
    struct call call = begin("gpu_describe", "gpu=%" PRIx64, gpu);
    return end(&call, NEXT(gpu_describe, gpu, out, error), error);
}

static int32_t log_gpu_engines(lamella_gpu gpu, struct lamella_engine *out, uint32_t capacity, uint32_t *count,
                               struct lamella_error *error)
{
    struct call call = begin("gpu_engines", "gpu=%" PRIx64 ", capacity=%" PRIu32, gpu, capacity);
    return end(&call, NEXT(gpu_engines, gpu, out, capacity, count, error), error);
}

static int32_t log_gpu_virtual_functions(lamella_gpu gpu, struct lamella_virtual_function *out, uint32_t capacity,
                                         uint32_t *count, struct lamella_error *error)
{
    struct call call = begin("gpu_virtual_functions", "gpu=%" PRIx64 ", capacity=%" PRIu32, gpu, capacity);
    return end(&call, NEXT(gpu_virtual_functions, gpu, out, capacity, count, error), error);
}

static int32_t log_gpu_is_alive(lamella_gpu gpu, uint32_t *alive, struct lamella_error *error)
{
    struct call call = begin("gpu_is_alive", "gpu=%" PRIx64, gpu);
    return end(&call, NEXT(gpu_is_alive, gpu, alive, error), error);
}

static int32_t log_gpu_sessions(lamella_gpu gpu, lamella_session *out, uint32_t capacity, uint32_t *count,
                                struct lamella_error *error)
{
    struct call call = begin("gpu_sessions", "gpu=%" PRIx64 ", capacity=%" PRIu32, gpu, capacity);
    return end(&call, NEXT(gpu_sessions, gpu, out, capacity, count, error), error);
}

static int32_t log_session_info(lamella_session session, struct lamella_session_info *out, struct lamella_error *error)
{
    struct call call = begin("session_info", "session=%" PRIx64, session);
    return end(&call, NEXT(session_info, session, out, error), error);
}

static int32_t log_session_held(lamella_session session, char *out, uint64_t capacity, uint64_t *size,
                                struct lamella_error *error)
{
    struct call call = begin("session_held", "session=%" PRIx64 ", capacity=%" PRIu64, session, capacity);
    return end(&call, NEXT(session_held, session, out, capacity, size, error), error);
}

static int32_t log_resource_info(lamella_resource resource, struct lamella_resource_info *out, struct lamella_error *error)
{
    struct call call = begin("resource_info", "resource=%" PRIx64, resource);
    return end(&call, NEXT(resource_info, resource, out, error), error);
}

static int32_t log_resource_close(lamella_resource resource, struct lamella_error *error)
{
    struct call call = begin("resource_close", "resource=%" PRIx64, resource);
    return end(&call, NEXT(resource_close, resource, error), error);
}

static int32_t log_resource_quarantine(lamella_resource resource, const char *reason, struct lamella_error *error)
{
    struct call call = begin("resource_quarantine", "resource=%" PRIx64 ", reason=\"%s\"", resource, text(reason));
    return end(&call, NEXT(resource_quarantine, resource, reason, error), error);
}

static int32_t log_fb_allocate(lamella_session session, const struct lamella_fb_request *request, lamella_fb *out,
                               struct lamella_range *where, struct lamella_error *error)
{
    struct call call = begin("fb_allocate", "session=%" PRIx64 ", label=\"%s\", size=%" PRIu64,
                             session, request ? text(request->label) : "(null)", request ? request->size : 0);
    return end(&call, NEXT(fb_allocate, session, request, out, where, error), error);
}

static int32_t log_fb_is_free(lamella_session session, uint64_t offset, uint64_t size, uint32_t *is_free,
                              struct lamella_error *error)
{
    struct call call = begin("fb_is_free", "session=%" PRIx64 ", offset=0x%" PRIx64 ", size=%" PRIu64, session, offset, size);
    return end(&call, NEXT(fb_is_free, session, offset, size, is_free, error), error);
}

static int32_t log_fb_usage(lamella_session session, struct lamella_fb_usage *out, struct lamella_error *error)
{
    struct call call = begin("fb_usage", "session=%" PRIx64, session);
    return end(&call, NEXT(fb_usage, session, out, error), error);
}

static int32_t log_fb_scrub(lamella_session session, lamella_fb range, struct lamella_error *error)
{
    struct call call = begin("fb_scrub", "session=%" PRIx64 ", range=%" PRIx64, session, range);
    return end(&call, NEXT(fb_scrub, session, range, error), error);
}

static int32_t log_channel_ids_allocate(lamella_session session, const char *label, uint32_t count, lamella_channel_ids *out,
                                        uint32_t *first, struct lamella_error *error)
{
    struct call call = begin("channel_ids_allocate", "session=%" PRIx64 ", label=\"%s\", count=%" PRIu32,
                             session, text(label), count);
    return end(&call, NEXT(channel_ids_allocate, session, label, count, out, first, error), error);
}

static int32_t log_channel_ids_free(lamella_session session, uint32_t *free_ids, struct lamella_error *error)
{
    struct call call = begin("channel_ids_free", "session=%" PRIx64, session);
    return end(&call, NEXT(channel_ids_free, session, free_ids, error), error);
}

static int32_t log_bar1_map(lamella_session session, lamella_fb range, uint64_t offset, uint64_t size, lamella_bar1 *out,
                            struct lamella_range *where, struct lamella_error *error)
{
    struct call call = begin("bar1_map", "session=%" PRIx64 ", range=%" PRIx64 ", offset=0x%" PRIx64 ", size=%" PRIu64,
                             session, range, offset, size);
    return end(&call, NEXT(bar1_map, session, range, offset, size, out, where, error), error);
}

static int32_t log_bar1_read(lamella_bar1 mapping, uint64_t offset, uint32_t width, uint64_t *value,
                             struct lamella_error *error)
{
    struct call call = begin("bar1_read", "mapping=%" PRIx64 ", offset=0x%" PRIx64 ", width=%" PRIu32, mapping, offset, width);
    return end(&call, NEXT(bar1_read, mapping, offset, width, value, error), error);
}

static int32_t log_bar1_write(lamella_bar1 mapping, uint64_t offset, uint32_t width, uint64_t value,
                              struct lamella_error *error)
{
    struct call call = begin("bar1_write", "mapping=%" PRIx64 ", offset=0x%" PRIx64 ", width=%" PRIu32 ", value=%" PRIu64,
                             mapping, offset, width, value);
    return end(&call, NEXT(bar1_write, mapping, offset, width, value, error), error);
}

static int32_t log_bar1_read_block(lamella_bar1 mapping, uint64_t offset, void *to, uint64_t size,
                                   struct lamella_error *error)
{
    struct call call = begin("bar1_read_block", "mapping=%" PRIx64 ", offset=0x%" PRIx64 ", size=%" PRIu64,
                             mapping, offset, size);
    return end(&call, NEXT(bar1_read_block, mapping, offset, to, size, error), error);
}

static int32_t log_bar1_write_block(lamella_bar1 mapping, uint64_t offset, const void *from, uint64_t size,
                                    struct lamella_error *error)
{
    struct call call = begin("bar1_write_block", "mapping=%" PRIx64 ", offset=0x%" PRIx64 ", size=%" PRIu64,
                             mapping, offset, size);
    return end(&call, NEXT(bar1_write_block, mapping, offset, from, size, error), error);
}

static int32_t log_bar1_fill(lamella_bar1 mapping, uint64_t offset, uint64_t size, uint32_t byte, struct lamella_error *error)
{
    struct call call = begin("bar1_fill", "mapping=%" PRIx64 ", offset=0x%" PRIx64 ", size=%" PRIu64 ", byte=%" PRIu32,
                             mapping, offset, size, byte);
    return end(&call, NEXT(bar1_fill, mapping, offset, size, byte, error), error);
}

static int32_t log_rm_open(lamella_session session, const char *label, lamella_rm *out, struct lamella_rm_roots *roots,
                           struct lamella_error *error)
{
    struct call call = begin("rm_open", "session=%" PRIx64 ", label=\"%s\"", session, text(label));
    return end(&call, NEXT(rm_open, session, label, out, roots, error), error);
}

static int32_t log_rm_control(lamella_rm rm, const struct lamella_rm_object *object,
                              const struct lamella_rm_request *request, lamella_reply *out, struct lamella_error *error)
{
    struct call call = begin("rm_control", "rm=%" PRIx64 ", object=0x%" PRIx32 ", request=%s",
                             rm, object ? object->handle : 0, request ? text(request->name) : "(null)");
    return end(&call, NEXT(rm_control, rm, object, request, out, error), error);
}

static int32_t log_rm_allocate(lamella_rm rm, const struct lamella_rm_object *parent,
                               const struct lamella_rm_request *request, struct lamella_rm_object *out,
                               struct lamella_error *error)
{
    struct call call = begin("rm_allocate", "rm=%" PRIx64 ", parent=0x%" PRIx32 ", request=%s",
                             rm, parent ? parent->handle : 0, request ? text(request->name) : "(null)");
    return end(&call, NEXT(rm_allocate, rm, parent, request, out, error), error);
}

static int32_t log_rm_free(lamella_rm rm, const struct lamella_rm_object *object, struct lamella_error *error)
{
    struct call call = begin("rm_free", "rm=%" PRIx64 ", object=0x%" PRIx32, rm, object ? object->handle : 0);
    return end(&call, NEXT(rm_free, rm, object, error), error);
}

static int32_t log_rm_has_field(lamella_rm rm, const char *control, const char *field, uint32_t *has,
                                struct lamella_error *error)
{
    struct call call = begin("rm_has_field", "rm=%" PRIx64 ", control=\"%s\", field=\"%s\"", rm, text(control), text(field));
    return end(&call, NEXT(rm_has_field, rm, control, field, has, error), error);
}

static int32_t log_reply_number(lamella_reply reply, const char *field, uint64_t *value, struct lamella_error *error)
{
    struct call call = begin("reply_number", "reply=%" PRIx64 ", field=\"%s\"", reply, text(field));
    return end(&call, NEXT(reply_number, reply, field, value, error), error);
}

static int32_t log_reply_numbers(lamella_reply reply, const char *field, uint64_t *out, uint32_t capacity, uint32_t *count,
                                 struct lamella_error *error)
{
    struct call call = begin("reply_numbers", "reply=%" PRIx64 ", field=\"%s\", capacity=%" PRIu32,
                             reply, text(field), capacity);
    return end(&call, NEXT(reply_numbers, reply, field, out, capacity, count, error), error);
}

static int32_t log_reply_bytes(lamella_reply reply, const char *field, void *out, uint64_t capacity, uint64_t *size,
                               struct lamella_error *error)
{
    struct call call = begin("reply_bytes", "reply=%" PRIx64 ", field=\"%s\", capacity=%" PRIu64, reply, text(field), capacity);
    return end(&call, NEXT(reply_bytes, reply, field, out, capacity, size, error), error);
}

static int32_t log_reply_free(lamella_reply reply, struct lamella_error *error)
{
    struct call call = begin("reply_free", "reply=%" PRIx64, reply);
    return end(&call, NEXT(reply_free, reply, error), error);
}

static int32_t log_sriov_enabled(lamella_session session, uint32_t *count, struct lamella_error *error)
{
    struct call call = begin("sriov_enabled", "session=%" PRIx64, session);
    return end(&call, NEXT(sriov_enabled, session, count, error), error);
}

static int32_t log_sriov_enable(lamella_session session, uint32_t count, struct lamella_error *error)
{
    struct call call = begin("sriov_enable", "session=%" PRIx64 ", count=%" PRIu32, session, count);
    return end(&call, NEXT(sriov_enable, session, count, error), error);
}

static int32_t log_vf_doorbell(lamella_session session, uint32_t virtual_function, struct lamella_error *error)
{
    struct call call = begin("vf_doorbell", "session=%" PRIx64 ", virtual_function=%" PRIu32, session, virtual_function);
    return end(&call, NEXT(vf_doorbell, session, virtual_function, error), error);
}

static int32_t log_host_memory_allocate(lamella_session session, const char *label, uint64_t size, lamella_host_memory *out,
                                        struct lamella_host_memory_info *info, struct lamella_error *error)
{
    struct call call = begin("host_memory_allocate", "session=%" PRIx64 ", label=\"%s\", size=%" PRIu64,
                             session, text(label), size);
    return end(&call, NEXT(host_memory_allocate, session, label, size, out, info, error), error);
}

static int32_t log_space_create(lamella_session session, const char *label, lamella_space *out, uint64_t *size,
                                struct lamella_error *error)
{
    struct call call = begin("space_create", "session=%" PRIx64 ", label=\"%s\"", session, text(label));
    return end(&call, NEXT(space_create, session, label, out, size, error), error);
}

static int32_t log_space_bind(lamella_space space, uint64_t address, lamella_memory memory, uint64_t offset, uint64_t size,
                              uint32_t access, struct lamella_error *error)
{
    struct call call = begin("space_bind",
                             "space=%" PRIx64 ", address=0x%" PRIx64 ", memory=%" PRIx64 ", offset=0x%" PRIx64 ", size=%" PRIu64
                             ", access=%" PRIu32,
                             space, address, memory, offset, size, access);
    return end(&call, NEXT(space_bind, space, address, memory, offset, size, access, error), error);
}

static int32_t log_space_unbind(lamella_space space, uint64_t address, uint64_t size, struct lamella_error *error)
{
    struct call call = begin("space_unbind", "space=%" PRIx64 ", address=0x%" PRIx64 ", size=%" PRIu64, space, address, size);
    return end(&call, NEXT(space_unbind, space, address, size, error), error);
}

static int32_t log_channel_open(lamella_session session, const char *label, uint32_t engine, lamella_space space,
                                uint32_t entries, lamella_channel *out, struct lamella_channel_info *info,
                                struct lamella_error *error)
{
    struct call call = begin("channel_open",
                             "session=%" PRIx64 ", label=\"%s\", engine=%" PRIu32 ", space=%" PRIx64 ", entries=%" PRIu32,
                             session, text(label), engine, space, entries);
    return end(&call, NEXT(channel_open, session, label, engine, space, entries, out, info, error), error);
}

static int32_t log_channel_submit(lamella_channel channel, uint64_t push_address, uint32_t size, struct lamella_error *error)
{
    struct call call = begin("channel_submit", "channel=%" PRIx64 ", push_address=0x%" PRIx64 ", size=%" PRIu32,
                             channel, push_address, size);
    return end(&call, NEXT(channel_submit, channel, push_address, size, error), error);
}

static int32_t log_channel_pending(lamella_channel channel, uint32_t *entries, struct lamella_error *error)
{
    struct call call = begin("channel_pending", "channel=%" PRIx64, channel);
    return end(&call, NEXT(channel_pending, channel, entries, error), error);
}

static int32_t log_channel_error(lamella_channel channel, struct lamella_channel_error *out, struct lamella_error *error)
{
    struct call call = begin("channel_error", "channel=%" PRIx64, channel);
    return end(&call, NEXT(channel_error, channel, out, error), error);
}

/* ---- the table ---- */

static const struct lamella_core_ops table = {
    .abi_version = LAMELLA_CORE_VERSION,
    .struct_size = sizeof(struct lamella_core_ops),
    .gpu_open = log_gpu_open,
    .gpu_close = log_gpu_close,
    .gpu_describe = log_gpu_describe,
    .gpu_engines = log_gpu_engines,
    .gpu_virtual_functions = log_gpu_virtual_functions,
    .gpu_is_alive = log_gpu_is_alive,
    .gpu_sessions = log_gpu_sessions,
    .session_attach = log_session_attach,
    .session_info = log_session_info,
    .session_held = log_session_held,
    .session_close = log_session_close,
    .resource_info = log_resource_info,
    .resource_close = log_resource_close,
    .resource_quarantine = log_resource_quarantine,
    .fb_allocate = log_fb_allocate,
    .fb_is_free = log_fb_is_free,
    .fb_usage = log_fb_usage,
    .fb_scrub = log_fb_scrub,
    .channel_ids_allocate = log_channel_ids_allocate,
    .channel_ids_free = log_channel_ids_free,
    .bar1_map = log_bar1_map,
    .bar1_read = log_bar1_read,
    .bar1_write = log_bar1_write,
    .bar1_read_block = log_bar1_read_block,
    .bar1_write_block = log_bar1_write_block,
    .bar1_fill = log_bar1_fill,
    .rm_open = log_rm_open,
    .rm_control = log_rm_control,
    .rm_allocate = log_rm_allocate,
    .rm_free = log_rm_free,
    .rm_has_field = log_rm_has_field,
    .reply_number = log_reply_number,
    .reply_numbers = log_reply_numbers,
    .reply_bytes = log_reply_bytes,
    .reply_free = log_reply_free,
    .sriov_enabled = log_sriov_enabled,
    .sriov_enable = log_sriov_enable,
    .vf_doorbell = log_vf_doorbell,
    .host_memory_allocate = log_host_memory_allocate,
    .space_create = log_space_create,
    .space_bind = log_space_bind,
    .space_unbind = log_space_unbind,
    .channel_open = log_channel_open,
    .channel_submit = log_channel_submit,
    .channel_pending = log_channel_pending,
    .channel_error = log_channel_error,
};

__attribute__((visibility("default"))) int32_t lamella_core_table(uint32_t wanted_major, uint32_t wanted_minor,
                                                                  const struct lamella_core_ops **out)
{
    if (out == NULL) {
        return LAMELLA_INVALID;
    }
    if (wanted_major != LAMELLA_CORE_MAJOR || wanted_minor > LAMELLA_CORE_MINOR) {
        return LAMELLA_NOT_SUPPORTED;
    }
    *out = &table;
    return LAMELLA_OK;
}
