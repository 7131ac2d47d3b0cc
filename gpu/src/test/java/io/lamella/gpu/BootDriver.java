// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import static io.lamella.gpu.Bench.mask;
import static io.lamella.gpu.Bench.read;
import static io.lamella.gpu.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.pci.PciFunction;
import java.time.Duration;

/** The register accesses with which nouveau boots the GSP of an AD102, in its order. */
final class BootDriver {
    static final int GSP = 0x110000;
    static final int SEC2 = 0x840000;
    static final long FB_BYTES = 1L << 30;
    static final long FRTS = FB_BYTES - (1 << 20) - (1 << 20);
    static final int FRTS_BYTES = 1 << 20;
    static final long BOOTLOADER = FRTS - 0x1000;
    static final long FIRMWARE = BOOTLOADER - 0x10000;
    static final long HEAP = FIRMWARE - (128 << 20);
    static final long WPR_START = HEAP - (1 << 20);
    static final long LIBOS = 0x1234_5678_9000L;

    private static final int CODE_AT = 0x10000;
    private static final int DATA_AT = 0x11000;
    private static final int META_AT = 0x20000;
    private static final int MAPPER = 0x40;
    private static final int ARGUMENTS = 0x100;

    private final Bench bench;
    private final PciFunction function;

    BootDriver(Bench bench, PciFunction function) {
        this.bench = bench;
        this.function = function;
    }

    static long metaAddress() {
        return Bench.MEMORY + META_AT;
    }

    /** FWSEC's data with a command, as the driver patches it. */
    void writeFwsecData(int command) {
        bench.memory.asSlice(DATA_AT, 0x400).fill((byte) 0);
        int mapper = DATA_AT + MAPPER;
        bench.putInt(mapper, 0x50414d44);
        bench.putInt(mapper + 4, 64 << 16 | 3);
        bench.putInt(mapper + 8, ARGUMENTS);
        bench.putInt(mapper + 12, 44);
        bench.putInt(mapper + 0x2c, command);
        int arguments = DATA_AT + ARGUMENTS;
        bench.putInt(arguments, 1);
        bench.putInt(arguments + 4, 24);
        bench.putInt(arguments + 20, 2);
        bench.putInt(arguments + 24, 1);
        bench.putInt(arguments + 28, 20);
        bench.putInt(arguments + 32, (int) (FRTS >>> 12));
        bench.putInt(arguments + 36, FRTS_BYTES >>> 12);
        bench.putInt(arguments + 40, 2);
    }

    void writeMeta() {
        bench.memory.asSlice(META_AT, 256).fill((byte) 0);
        long[][] fields = {
            {0, 0xdc3aae21371a60b3L},
            {8, 1},
            {16, 0x5000},
            {24, 0x10000},
            {32, 0x6000},
            {40, 0x1000},
            {72, 0x7000},
            {80, 0x1000},
            {88, WPR_START - (1 << 20)},
            {96, WPR_START - (1 << 20)},
            {104, 1 << 20},
            {112, WPR_START},
            {120, HEAP},
            {128, 128 << 20},
            {136, FIRMWARE},
            {144, BOOTLOADER},
            {152, FRTS},
            {160, FRTS_BYTES},
            {168, FRTS + FRTS_BYTES},
            {176, FB_BYTES},
            {184, FB_BYTES - (1 << 20)},
            {192, 1 << 20},
        };
        for (long[] field : fields) {
            bench.putLong(META_AT + (int) field[0], field[1]);
        }
    }

    void putMeta(int offset, long value) {
        bench.putLong(META_AT + offset, value);
    }

    long meta(int offset) {
        return bench.memory.get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, META_AT + offset);
    }

    /** Reset, load, start, wait; the value of mailbox 0 afterwards. */
    int runFalcon(int base, int mailbox0, int mailbox1) {
        select(base);
        mask(function, base + 0x048, 3, 0);
        write(function, base + 0x014, -1);
        resetEngine(base);
        select(base);
        scrubbed(base);
        write(function, base + 0x084, read(function, 0));
        mask(function, base + 0x624, 0x80, 0x80);
        write(function, base + 0x10c, 0);
        mask(function, base + 0x600, 0x10007, 5);
        load(base, CODE_AT, 0x200, 0x614);
        load(base, DATA_AT, 0x400, 0x600);
        write(function, base + 0x1210, 0);
        write(function, base + 0x119c, 0x400);
        write(function, base + 0x1198, 9);
        write(function, base + 0x1180, 1);
        write(function, base + 0x040, mailbox0);
        write(function, base + 0x044, mailbox1);
        write(function, base + 0x104, 0);
        write(function, base + 0x100, 2);
        poll(base + 0x100, 0x10, 0x10);
        return read(function, base + 0x040);
    }

    private void select(int base) {
        if ((read(function, base + 0x1668) & 0x10) != 0) {
            write(function, base + 0x1668, 0);
            poll(base + 0x1668, 1, 1);
        }
    }

    void resetEngine(int base) {
        read(function, base + 0xf4);
        poll(base + 0xf4, 0x80000000, 0x80000000);
        mask(function, base + 0x3c0, 1, 1);
        mask(function, base + 0x3c0, 1, 0);
        scrubbed(base);
    }

    private void scrubbed(int base) {
        mask(function, base + 0x040, 0, 0);
        poll(base + 0xf4, 0x1000, 0);
    }

    private void load(int base, int from, int length, int command) {
        long address = Bench.MEMORY + from;
        write(function, base + 0x110, (int) (address >>> 8));
        write(function, base + 0x128, (int) (address >>> 40));
        for (int done = 0; done < length; done += 256) {
            write(function, base + 0x114, done);
            write(function, base + 0x11c, done);
            write(function, base + 0x118, command);
            poll(base + 0x118, 2, 2);
        }
    }

    void poll(int offset, int mask, int value) {
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while ((read(function, offset) & mask) != value) {
            assertThat(System.nanoTime())
                    .as("waiting for 0x%x & 0x%x to be 0x%x", offset, mask, value)
                    .isLessThan(end);
        }
    }

    int frts() {
        writeFwsecData(0x15);
        return runFalcon(GSP, 0, 0);
    }

    /** The reset into RISC-V mode and the libos address. */
    void prepareGsp() {
        resetEngine(GSP);
        mask(function, GSP + 0x1668, 0x111, 0x111);
        write(function, GSP + 0x040, (int) LIBOS);
        write(function, GSP + 0x044, (int) (LIBOS >>> 32));
    }

    int booterLoad() {
        long meta = metaAddress();
        return runFalcon(SEC2, (int) meta, (int) (meta >>> 32));
    }

    int booterUnload() {
        return runFalcon(SEC2, 0xff, 0xff);
    }

    /** All of it. */
    void boot() {
        writeMeta();
        assertThat(frts()).isZero();
        prepareGsp();
        assertThat(booterLoad()).isZero();
    }
}
