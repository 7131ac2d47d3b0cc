// SPDX-License-Identifier: Apache-2.0
// What the floor and the probe share: pinning, time, exact sends and receives.
#ifndef LAMELLA_WIRE_H
#define LAMELLA_WIRE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct vfu_header {
    uint16_t id;
    uint16_t command;
    uint32_t size;
    uint32_t flags;
    uint32_t error;
};

enum { NO_REPLY = 16, HEADER = 16, ACCESS = 32 };

// How the probe tells the floor what a connection will carry.
struct floor_shape {
    uint32_t request_bytes;
    uint32_t reply_bytes;
};

__attribute__((noreturn)) static inline void die(const char *what)
{
    fprintf(stderr, "wire: %s: %s\n", what, strerror(errno));
    exit(1);
}

static inline void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        die("cannot pin to the CPU");
}

static inline uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(address.sun_path, path);
    return address;
}

static inline void send_all(int fd, const void *bytes, size_t count)
{
    const char *at = bytes;
    while (count) {
        ssize_t sent = send(fd, at, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            die("send");
        at += sent;
        count -= (size_t)sent;
    }
}

// Returns 0 at the end of the stream, if no byte came before it.
static inline int receive_all(int fd, void *bytes, size_t count)
{
    char *at = bytes;
    size_t got = 0;
    while (got < count) {
        struct iovec part = {at + got, count - got};
        char control[256];
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (received < 0 && errno == EINTR)
            continue;
        if (received < 0)
            die("recvmsg");
        if (received == 0) {
            if (got == 0)
                return 0;
            errno = EPIPE;
            die("the stream ended inside a message");
        }
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
            size_t fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < fds; i++) {
                int extra;
                memcpy(&extra, CMSG_DATA(c) + i * sizeof(int), sizeof extra);
                close(extra);
            }
        }
        got += (size_t)received;
    }
    return 1;
}

#endif
