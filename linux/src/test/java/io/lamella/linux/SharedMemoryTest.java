// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
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
    void itIsKnownForWhatItIs() throws IOException {
        try (SharedMemory shared = SharedMemory.create("known", 4096)) {
            assertThat(shared.fd().fileSystem()).isEqualTo(FileSystem.TMPFS);
            assertThat(shared.fd().fileSystem().answersByItself()).isTrue();
        }
        try (RandomAccessFile file = new RandomAccessFile("/proc/self/status", "r")) {
            int number = OpenFiles.list().entrySet().stream()
                    .filter(entry -> entry.getValue().endsWith("/status"))
                    .findFirst()
                    .orElseThrow()
                    .getKey();
            try (Fd same = Fd.duplicateOf(number)) {
                assertThat(same.fileSystem()).isEqualTo(FileSystem.OTHER);
                assertThat(MappedMemory.staysMapped(same)).isFalse();
            }
            assertThat(file.read()).isPositive();
        }
    }

    @Test
    void steadyCopiesArriveAndStayInsideOfTheirRanges() {
        try (SharedMemory shared = SharedMemory.create("steady", 1 << 20);
                Arena arena = Arena.ofConfined()) {
            MemorySegment own = MappedMemory.anonymous(1 << 16, arena);
            for (int i = 0; i < own.byteSize(); i++) {
                own.set(JAVA_BYTE, i, (byte) (i * 7));
            }
            MappedMemory.copySteady(own, 100, shared.memory(), 5000, 40_000);
            assertThat(shared.memory().asSlice(5000, 40_000).mismatch(own.asSlice(100, 40_000)))
                    .isEqualTo(-1);
            assertThat(shared.memory().get(JAVA_BYTE, 4999)).isZero();
            assertThat(shared.memory().get(JAVA_BYTE, 45_000)).isZero();
            assertThatThrownBy(() -> MappedMemory.copySteady(own, 60_000, shared.memory(), 0, 40_000))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() ->
                            MappedMemory.copySteady(own, 0, shared.memory().asReadOnly(), 0, 10))
                    .isInstanceOf(IllegalArgumentException.class);
            Arena gone = Arena.ofShared();
            MemorySegment unmapped = MappedMemory.anonymous(4096, gone);
            gone.close();
            assertThatThrownBy(() -> MappedMemory.copySteady(own, 0, unmapped, 0, 10))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void memoryOfOnesOwnIsGoneWithItsArena() {
        Arena arena = Arena.ofShared();
        MemorySegment own = MappedMemory.anonymous(3L << 20, arena);
        assertThat(own.byteSize()).isEqualTo(3L << 20);
        assertThat(own.get(JAVA_BYTE, (3L << 20) - 1)).isZero();
        own.fill((byte) 1);
        arena.close();
        assertThatThrownBy(() -> own.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> MappedMemory.anonymous(0, Arena.ofAuto())).hasMessageContaining("positive");
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
