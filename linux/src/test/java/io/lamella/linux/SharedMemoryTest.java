// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class SharedMemoryTest {
    private static final long GIB = 1L << 30;

    @Test
    void hugeSizesTakeOnlyWhatIsTouched() {
        try (SharedMemory shared = SharedMemory.create("lamella-test-huge", 64 * GIB)) {
            assertThat(shared.memory().byteSize()).isEqualTo(64 * GIB);
            assertThat(shared.committedBytes()).isZero();
            shared.memory().set(JAVA_LONG, 63 * GIB, 0x1122334455667788L);
            assertThat(shared.committedBytes()).isBetween(4096L, 4L << 20);
            shared.punchHole(63 * GIB, GIB);
            assertThat(shared.committedBytes()).isZero();
            assertThat(shared.memory().get(JAVA_LONG, 63 * GIB)).isZero();
        }
    }

    @Test
    void itsDescriptorIsTheSameMemory() {
        try (SharedMemory shared = SharedMemory.create("lamella-test-same", 8192);
                Fd copy = shared.fd().duplicate();
                Arena arena = Arena.ofShared()) {
            MemorySegment other = MappedMemory.map(copy, 4096, 4096, MappedMemory.Protection.READ_WRITE, arena);
            other.set(JAVA_BYTE, 5, (byte) 42);
            assertThat(shared.memory().get(JAVA_BYTE, 4101)).isEqualTo((byte) 42);
            assertThat(copy.isSealedAgainstShrinking()).isTrue();
            assertThat(copy.status().kind()).isEqualTo(FileStatus.Kind.REGULAR);
            assertThat(copy.status().sizeBytes()).isEqualTo(8192);
            assertThat(copy.isReadable() && copy.isWritable()).isTrue();
        }
    }

    @Test
    void nobodyCanShrinkIt() {
        try (SharedMemory shared = SharedMemory.create("lamella-test-sealed", 8192)) {
            assertThat(Libc.ftruncate(shared.fd().number(), 0)).isEqualTo(-Errno.EPERM.number());
        }
    }

    @Test
    void closingItLeavesNothingBehind() {
        int before = OpenFiles.count();
        SharedMemory shared = SharedMemory.create("lamella-test-closing", 4096);
        assertThat(OpenFiles.count()).isEqualTo(before + 1);
        assertThat(OpenFiles.mappings("lamella-test-closing")).isEqualTo(1);
        shared.close();
        shared.close();
        assertThat(OpenFiles.count()).isEqualTo(before);
        assertThat(OpenFiles.mappings("lamella-test-closing")).isZero();
        assertThatThrownBy(() -> shared.memory().get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aReadOnlyMappingRefusesWrites() {
        try (SharedMemory shared = SharedMemory.create("lamella-test-ro", 4096);
                Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = MappedMemory.map(shared.fd(), 0, 4096, MappedMemory.Protection.READ, arena);
            assertThatThrownBy(() -> mapped.set(JAVA_BYTE, 0, (byte) 1)).isInstanceOf(Exception.class);
        }
    }

    @Test
    void refusalsSayWhy() {
        assertThatThrownBy(() -> SharedMemory.create("x", 0)).hasMessageContaining("must be positive");
        try (SharedMemory shared = SharedMemory.create("lamella-test-refuse", 4096)) {
            assertThatThrownBy(() -> shared.punchHole(4096, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(
                            () -> MappedMemory.map(shared.fd(), 1, 4096, MappedMemory.Protection.READ, Arena.global()))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            e -> assertThat(e.is(Errno.EINVAL)).isTrue());
        }
    }
}
