// SPDX-License-Identifier: Apache-2.0
// The floor: what a vfio-user server costs that does nothing but one recvmsg and one send per request.
//
//   floor SOCKET CPU         serves connections one after another until stdin ends
//   floor exec CPU COMMAND…  pins itself and becomes COMMAND
//
// A connection begins with a struct floor_shape. Every request after that has request_bytes; it is answered with reply_bytes,
// not at all where its No_reply flag is set. Nothing is decoded and nothing is stored.
#include "wire.h"

#include <poll.h>

static void serve(int fd, char *request, char *reply)
{
    struct floor_shape shape;
    if (!receive_all(fd, &shape, sizeof shape))
        return;
    if (shape.request_bytes < HEADER || shape.request_bytes > (2u << 20) || shape.reply_bytes > (2u << 20))
        return;
    while (receive_all(fd, request, shape.request_bytes)) {
        struct vfu_header *asked = (struct vfu_header *)request;
        if (asked->flags & NO_REPLY)
            continue;
        struct vfu_header *answer = (struct vfu_header *)reply;
        *answer = (struct vfu_header){asked->id, asked->command, shape.reply_bytes, 1, 0};
        send_all(fd, reply, shape.reply_bytes);
    }
}

int main(int argc, char **argv)
{
    if (argc >= 4 && !strcmp(argv[1], "exec")) {
        pin(atoi(argv[2]));
        execvp(argv[3], argv + 3);
        die(argv[3]);
    }
    if (argc != 3) {
        fprintf(stderr, "usage: floor SOCKET CPU | floor exec CPU COMMAND...\n");
        return 2;
    }
    pin(atoi(argv[2]));
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = address_of(argv[1]);
    if (listening < 0 || bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 4))
        die(argv[1]);
    char *request = calloc(1, 2u << 20);
    char *reply = calloc(1, 2u << 20);
    if (!request || !reply)
        die("memory");
    puts("ready");
    fflush(stdout);
    for (;;) {
        // Whoever started it holds the other end of stdin; when that closes, nobody is left to serve.
        struct pollfd either[] = {{listening, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        if (poll(either, 2, -1) < 0 && errno != EINTR)
            die("poll");
        if (either[1].revents)
            return 0;
        if (!either[0].revents)
            continue;
        int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            die("accept");
        serve(fd, request, reply);
        close(fd);
    }
}
