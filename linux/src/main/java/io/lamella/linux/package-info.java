// SPDX-License-Identifier: Apache-2.0
/**
 * The few Linux system calls that Java lacks, by {@code java.lang.foreign}, with the C library's functions as the entry.
 *
 * <p>Everything is owned: a descriptor is an {@link io.lamella.linux.Fd} from the moment it exists and is closed once, even while another
 * thread is using it; mapped memory is a {@link java.lang.foreign.MemorySegment} that lives as long as its arena. What fails throws a
 * {@link io.lamella.linux.LinuxException} with the error's number, name and a sentence. Only the calls on a hot path ({@link
 * io.lamella.linux.MessageReceiver}, {@link io.lamella.linux.MessageSender}, {@link io.lamella.linux.EventFd}, {@link
 * io.lamella.linux.PollSet}) return negative error numbers or booleans instead, because they must not allocate.
 *
 * <p>This package and those of the module {@code io.lamella.core.c} are the only ones of the project that use restricted methods, so
 * {@code --enable-native-access=io.lamella.linux} is all that a program without cores in C needs. Numbers and layouts are those of 64-bit Linux, the same on x86-64 and AArch64; a test compiles a small C program and
 * compares every one of them with the system's headers. {@code statx} stands in for {@code fstat}, whose layout differs by processor.
 *
 * <p>Threads: every object here may be used from any thread, except {@code MessageReceiver}, {@code MessageSender} and {@code PollSet},
 * which hold one call's buffers and so belong to one thread at a time. A blocking call keeps its carrier: use platform threads.
 *
 * <p>Not here: ioctls of VFIO, those of KVM beyond the question whether it works, epoll, datagram sockets that receive. Processors other than 64-bit little-endian ones are refused when the
 * package is first used.
 */
@NullMarked
package io.lamella.linux;

import org.jspecify.annotations.NullMarked;
