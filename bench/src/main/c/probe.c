// SPDX-License-Identifier: Apache-2.0
// The client of the wire benchmark. It drives the floor and the example device with the same code, so that a ratio of the two is
// the servers' alone. It is in C so that no compiler or collector of its own runs on the CPU it shares with the server.
//
//   probe CPU SERVER_CPU
//
// Reads one measurement a line from stdin and answers each with one line of numbers, in nanoseconds:
//
//   attach SOCKET N               connect, VERSION, info, 9 regions, 5 interrupts, 1 map      -> median p99
//   open SOCKET                   a connection of that kind that the lines below use          -> 0
//   shape SOCKET REQUEST REPLY    the same to the floor, for requests and replies of that size -> 0
//   read BYTES N                  region reads, each waited for                               -> median p99
//   write BYTES N                 region writes, each waited for                              -> median p99
//   posted N                      4-byte writes without reply, and one that is waited for     -> mean
//   pipelined DEPTH N             4-byte reads, DEPTH at a time                               -> mean
//   map BYTES N / unmap           maps and unmaps                                             -> median of map, of unmap
//   dma COMMAND BYTES ITERS       copies by the device to or from mapped memory               -> per copy
//   copy COMMAND BYTES ITERS      memcpy of as much, the same way, on the server's CPU        -> per copy
//
// The last two are timed around the copying alone, by the device and here, in short runs whose median counts: on a busy machine a long run
// measures mostly who else had the CPU.
//   doorbell N                    posted command 5 until the eventfd is readable              -> median p99

#include "wire.h"

#include <sys/eventfd.h>
#include <sys/mman.h>

enum { BAR0 = 0, BAR2 = 2 };
enum { MAPPED_BYTES = 64 << 20, MAPPED_AT = 0x10000000, MESSAGE_BYTES = 2 << 20 };

static int probe_cpu, server_cpu;
static int connection = -1;
static int memory_fd, doorbell_fd;
static char *memory, *buffer, *message;
static uint16_t next_id;

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void answer_spread(uint64_t *samples, size_t n)
{
    qsort(samples, n, sizeof *samples, compare);
    printf("%llu %llu\n", (unsigned long long)samples[n / 2], (unsigned long long)samples[n * 99 / 100]);
}

static struct vfu_header *begin(uint16_t command, uint32_t payload_bytes, uint32_t flags)
{
    struct vfu_header *header = (struct vfu_header *)message;
    *header = (struct vfu_header){next_id++, command, HEADER + payload_bytes, flags, 0};
    return header;
}

static void put32(size_t at, uint32_t value) { memcpy(message + HEADER + at, &value, 4); }
static void put64(size_t at, uint64_t value) { memcpy(message + HEADER + at, &value, 8); }

static void send_with_fds(int fd, size_t bytes, const int *fds, size_t count)
{
    struct iovec part = {message, bytes};
    char control[CMSG_SPACE(16 * sizeof(int))] = {0};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                       .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    if (sendmsg(fd, &m, MSG_NOSIGNAL) != (ssize_t)bytes)
        die("sendmsg");
}

// Reads one reply; its payload is at message + HEADER.
static uint32_t await(int fd)
{
    struct vfu_header *header = (struct vfu_header *)message;
    uint16_t command = header->command;
    if (!receive_all(fd, message, HEADER)) {
        errno = EPIPE;
        die("the server hung up");
    }
    if (header->size < HEADER || header->size > MESSAGE_BYTES || (header->flags & 32)) {
        fprintf(stderr, "wire: command %u: error %u, %u bytes\n", command, header->error, header->size);
        exit(1);
    }
    if (header->size > HEADER)
        receive_all(fd, message + HEADER, header->size - HEADER);
    return header->size - HEADER;
}

// For replies whose size is known: one receive, as the floor has one.
static void await_exactly(int fd, uint32_t bytes)
{
    if (!receive_all(fd, message, bytes)) {
        errno = EPIPE;
        die("the server hung up");
    }
    struct vfu_header *header = (struct vfu_header *)message;
    if (header->size != bytes || (header->flags & 32)) {
        fprintf(stderr, "wire: a reply of %u bytes with flags %u instead of %u bytes\n", header->size, header->flags, bytes);
        exit(1);
    }
}

static uint32_t access_request(int write, uint32_t region, uint64_t offset, uint32_t bytes, uint32_t flags)
{
    begin(write ? 10 : 9, 16 + (write ? bytes : 0), flags);
    put64(0, offset);
    put32(8, region);
    put32(12, bytes);
    return ACCESS + (write ? bytes : 0);
}

static void write_register(uint64_t offset, uint64_t value, uint32_t bytes)
{
    uint32_t size = access_request(1, BAR0, offset, bytes, 0);
    put64(16, value);
    send_all(connection, message, size);
    await_exactly(connection, ACCESS);
}

static uint64_t read_register(uint64_t offset, uint32_t bytes)
{
    send_all(connection, message, access_request(0, BAR0, offset, bytes, 0));
    await_exactly(connection, ACCESS + bytes);
    uint64_t value = 0;
    memcpy(&value, message + ACCESS, bytes);
    return value;
}

static int dial(const char *path)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    // A server that is still letting go of the client before this one may be closing its backlog for a moment.
    for (int attempt = 0; connect(fd, (struct sockaddr *)&address, sizeof address); attempt++) {
        if (attempt == 2000)
            die(path);
        usleep(1000);
    }
    return fd;
}

static void map(int fd, uint64_t address, uint64_t bytes)
{
    begin(2, 32, 0);
    put32(0, 32);
    put32(4, 3);
    put64(8, 0);
    put64(16, address);
    put64(24, bytes);
    send_with_fds(fd, HEADER + 32, &memory_fd, 1);
    await(fd);
}

static void unmap(int fd, uint64_t address, uint64_t bytes)
{
    begin(3, 24, 0);
    put32(0, 24);
    put32(4, 0);
    put64(8, address);
    put64(16, bytes);
    send_all(fd, message, HEADER + 24);
    await(fd);
}

static int attach(const char *path)
{
    static const char proposal[] = "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576,"
                                   "\"max_dma_maps\":65535,\"pgsizes\":4096,\"write_multiple\":true}}";
    int fd = dial(path);
    begin(1, 4 + sizeof proposal, 0);
    memset(message + HEADER, 0, 4);
    memcpy(message + HEADER + 4, proposal, sizeof proposal);
    send_all(fd, message, HEADER + 4 + sizeof proposal);
    await(fd);
    begin(4, 16, 0);
    memset(message + HEADER, 0, 16);
    put32(0, 16);
    send_all(fd, message, HEADER + 16);
    await(fd);
    for (uint32_t region = 0; region < 9; region++) {
        begin(5, 32, 0);
        memset(message + HEADER, 0, 32);
        put32(0, 32);
        put32(8, region);
        send_all(fd, message, HEADER + 32);
        await(fd);
    }
    for (uint32_t index = 0; index < 5; index++) {
        begin(7, 16, 0);
        memset(message + HEADER, 0, 16);
        put32(0, 16);
        put32(8, index);
        send_all(fd, message, HEADER + 16);
        await(fd);
    }
    map(fd, MAPPED_AT, MAPPED_BYTES);
    return fd;
}

static void open_device(const char *path)
{
    if (connection >= 0)
        close(connection);
    connection = attach(path);
    begin(8, 20, 0);
    put32(0, 20);
    put32(4, 4 | 32);
    put32(8, 2);
    put32(12, 0);
    put32(16, 1);
    send_with_fds(connection, HEADER + 20, &doorbell_fd, 1);
    await(connection);
}

static void open_floor(const char *path, uint32_t request_bytes, uint32_t reply_bytes)
{
    if (connection >= 0)
        close(connection);
    connection = dial(path);
    struct floor_shape shape = {request_bytes, reply_bytes};
    send_all(connection, &shape, sizeof shape);
}

static void measure_round_trips(int write, uint32_t bytes, size_t n, uint64_t *samples)
{
    uint32_t region = bytes > 4096 ? BAR2 : BAR0;
    for (size_t i = 0; i < n; i++) {
        uint64_t start = now_ns();
        send_all(connection, message, access_request(write, region, 0, bytes, 0));
        await_exactly(connection, write ? ACCESS : ACCESS + bytes);
        samples[i] = now_ns() - start;
    }
    answer_spread(samples, n);
}

static void measure_posted(size_t n)
{
    uint64_t start = now_ns();
    for (size_t i = 0; i < n; i++)
        send_all(connection, message, access_request(1, BAR0, 0x10, 4, NO_REPLY));
    send_all(connection, message, access_request(1, BAR0, 0x10, 4, 0));
    await_exactly(connection, ACCESS);
    printf("%.1f\n", (double)(now_ns() - start) / (double)n);
}

static void measure_pipelined(size_t depth, size_t n)
{
    uint64_t start = now_ns();
    for (size_t i = 0; i < n; i += depth) {
        for (size_t j = 0; j < depth; j++)
            send_all(connection, message, access_request(0, BAR0, 4 * j, 4, 0));
        receive_all(connection, message, depth * (ACCESS + 4));
    }
    printf("%.1f\n", (double)(now_ns() - start) / (double)n);
}

static void measure_maps(uint64_t bytes, size_t n, uint64_t *samples)
{
    uint64_t *unmaps = samples + n;
    for (size_t i = 0; i < n; i++) {
        uint64_t start = now_ns();
        map(connection, 0x200000000ull, bytes);
        samples[i] = now_ns() - start;
        start = now_ns();
        unmap(connection, 0x200000000ull, bytes);
        unmaps[i] = now_ns() - start;
    }
    qsort(samples, n, sizeof *samples, compare);
    qsort(unmaps, n, sizeof *unmaps, compare);
    printf("%llu %llu\n", (unsigned long long)samples[n / 2], (unsigned long long)unmaps[n / 2]);
}

// How many copies make a run of some hundred microseconds, or one copy where one takes longer.
static uint64_t run_of(uint64_t bytes, uint64_t iterations)
{
    uint64_t copies = (16ull << 20) / bytes;
    return copies < 1 ? 1 : copies < iterations ? copies : iterations;
}

static void measure_dma(uint32_t command, uint64_t bytes, uint64_t iterations, uint64_t *samples)
{
    uint64_t copies = run_of(bytes, iterations), runs = iterations / copies;
    write_register(0x108, MAPPED_AT, 8);
    write_register(0x110, bytes, 8);
    write_register(0x118, copies, 8);
    for (uint64_t i = 0; i < runs; i++) {
        write_register(0x100, command, 4);
        uint32_t status = (uint32_t)read_register(0x130, 4);
        if (status) {
            fprintf(stderr, "wire: command %u over %llu bytes: status %u\n", command, (unsigned long long)bytes, status);
            exit(1);
        }
        samples[i] = read_register(0x120, 8);
    }
    qsort(samples, runs, sizeof *samples, compare);
    printf("%.1f\n", (double)samples[runs / 2] / (double)copies);
}

static void measure_copy(int command, uint64_t bytes, uint64_t iterations, uint64_t *samples)
{
    uint64_t copies = run_of(bytes, iterations), runs = iterations / copies;
    char *from = command == 1 ? memory : buffer, *to = command == 1 ? buffer : memory;
    pin(server_cpu);
    for (uint64_t i = 0; i < runs; i++) {
        // A message goes before each run, as for the device.
        write_register(0x10, i, 4);
        uint64_t start = now_ns();
        for (uint64_t j = 0; j < copies; j++) {
            memcpy(to, from, bytes);
            __asm__ volatile("" ::: "memory");
        }
        samples[i] = now_ns() - start;
    }
    pin(probe_cpu);
    qsort(samples, runs, sizeof *samples, compare);
    printf("%.1f\n", (double)samples[runs / 2] / (double)copies);
}

static void measure_doorbell(size_t n, uint64_t *samples)
{
    write_register(0x138, 0, 8);
    for (size_t i = 0; i < n; i++) {
        uint64_t count;
        uint64_t start = now_ns();
        uint32_t size = access_request(1, BAR0, 0x100, 4, NO_REPLY);
        put32(16, 5);
        send_all(connection, message, size);
        if (read(doorbell_fd, &count, sizeof count) != sizeof count)
            die("eventfd");
        samples[i] = now_ns() - start;
    }
    answer_spread(samples, n);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: probe CPU SERVER_CPU\n");
        return 2;
    }
    probe_cpu = atoi(argv[1]);
    server_cpu = atoi(argv[2]);
    pin(probe_cpu);
    // The map below 4 GiB is the 64 MiB that the device's commands use; measured maps go elsewhere, up to 1 GiB of the same file.
    // Sealed as QEMU seals the memory of its guests.
    memory_fd = memfd_create("wire", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory_fd < 0 || ftruncate(memory_fd, 1ll << 30)
        || fcntl(memory_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
        die("memfd");
    memory = mmap(NULL, MAPPED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
    buffer = mmap(NULL, MAPPED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    message = calloc(1, MESSAGE_BYTES + 64);
    doorbell_fd = eventfd(0, EFD_CLOEXEC);
    if (memory == MAP_FAILED || buffer == MAP_FAILED || !message || doorbell_fd < 0)
        die("memory");
    memset(memory, 1, MAPPED_BYTES);
    memset(buffer, 2, MAPPED_BYTES);

    size_t capacity = 1 << 20;
    uint64_t *samples = calloc(2 * capacity, sizeof *samples);
    char line[512], verb[32], path[256];
    unsigned long long a, b, c;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "attach %255s %llu", path, &a) == 2 && a && a <= capacity) {
            // The server has one client at a time.
            if (connection >= 0)
                close(connection);
            connection = -1;
            for (size_t i = 0; i < a; i++) {
                uint64_t start = now_ns();
                int fd = attach(path);
                samples[i] = now_ns() - start;
                close(fd);
            }
            answer_spread(samples, a);
        } else if (sscanf(line, "open %255s", path) == 1) {
            open_device(path);
            puts("0");
        } else if (sscanf(line, "shape %255s %llu %llu", path, &a, &b) == 3) {
            open_floor(path, (uint32_t)a, (uint32_t)b);
            puts("0");
        } else if (sscanf(line, "%31s %llu %llu %llu", verb, &a, &b, &c) == 4 && a <= 7 && b && b <= MAPPED_BYTES && c && c <= capacity) {
            if (!strcmp(verb, "dma"))
                measure_dma((uint32_t)a, b, c, samples);
            else
                measure_copy((int)a, b, c, samples);
        } else if (sscanf(line, "%31s %llu %llu", verb, &a, &b) == 3 && b && b <= capacity) {
            if (!strcmp(verb, "read"))
                measure_round_trips(0, (uint32_t)a, b, samples);
            else if (!strcmp(verb, "write"))
                measure_round_trips(1, (uint32_t)a, b, samples);
            else if (!strcmp(verb, "pipelined"))
                measure_pipelined(a, b);
            else if (!strcmp(verb, "map"))
                measure_maps(a, b, samples);
        } else if (sscanf(line, "%31s %llu", verb, &a) == 2 && a && a <= capacity) {
            if (!strcmp(verb, "posted"))
                measure_posted(a);
            else if (!strcmp(verb, "doorbell"))
                measure_doorbell(a, samples);
        } else {
            fprintf(stderr, "wire: not a measurement: %s", line);
            return 2;
        }
        fflush(stdout);
    }
    return 0;
}
