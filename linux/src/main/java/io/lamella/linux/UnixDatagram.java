// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static io.lamella.linux.Constants.AF_UNIX;
import static io.lamella.linux.Constants.MSG_NOSIGNAL;
import static io.lamella.linux.Constants.SOCKADDR_UN_PATH;
import static io.lamella.linux.Constants.SOCK_CLOEXEC;
import static io.lamella.linux.Constants.SOCK_DGRAM;
import static io.lamella.linux.Constants.SOCK_NONBLOCK;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Sends single messages to a Unix datagram socket, such as the one at which systemd listens for the news of a service (sd_notify(3), from the
 * environment variable NOTIFY_SOCKET).
 */
public final class UnixDatagram {
    private static final int LIMIT_BYTES = 8192;

    private UnixDatagram() {}

    /**
     * Sends one message, without waiting.
     *
     * @param address a path; or, with an at sign before it, a name that is in no file system
     * @throws LinuxException ECONNREFUSED, ENOENT if nobody listens there, EAGAIN if its queue is full
     */
    public static void send(String address, String message) {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length >= UnixSocket.PATH_LIMIT_BYTES || bytes.length > LIMIT_BYTES) {
            throw new LinuxException("Cannot send " + bytes.length + " bytes to " + address, Errno.EINVAL);
        }
        if (name[0] == '@') {
            name[0] = 0;
        }
        try (Arena arena = Arena.ofConfined();
                Fd fd = Fd.own(LinuxException.check(
                        Libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK), "Cannot create a socket"))) {
            // A path ends with a zero, which counts as little as it does not.
            int length = SOCKADDR_UN_PATH + name.length;
            MemorySegment to = arena.allocate(length, 8);
            to.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, to, JAVA_BYTE, SOCKADDR_UN_PATH, name.length);
            LinuxException.check(Libc.connect(fd.number(), to, length), "Cannot send to " + address);
            MemorySegment data = arena.allocate(Math.max(1, bytes.length));
            MemorySegment.copy(bytes, 0, data, JAVA_BYTE, 0, bytes.length);
            long sent = Libc.send(fd.number(), data.address(), bytes.length, MSG_NOSIGNAL);
            LinuxException.check((int) sent, "Cannot send to " + address);
        }
    }
}
