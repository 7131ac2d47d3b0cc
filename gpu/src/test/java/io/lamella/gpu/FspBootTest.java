// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import static io.lamella.gpu.Bench.read;
import static io.lamella.gpu.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.port.GspBoot;
import io.lamella.pci.PciFunction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The FSP of a GB202 as nouveau and nova-core talk to it, with numbers from their sources; and packets that they never send. */
class FspBootTest {
    private static final int EMEM_ADDRESS = 0x8f2ac0;
    private static final int EMEM_DATA = 0x8f2ac4;
    private static final int COMMAND_HEAD = 0x8f2c00;
    private static final int COMMAND_TAIL = 0x8f2c04;
    private static final int ANSWER_HEAD = 0x8f2c80;
    private static final int ANSWER_TAIL = 0x8f2c84;
    private static final int MAILBOX0 = 0x110040;
    private static final int HWCFG2 = 0x1100f4;
    private static final int RISCV_CPUCTL = 0x111388;
    private static final int WPR2_HI = 0x1fa828;
    private static final int SINGLE = 0xc0000000;
    private static final int COT = 0x1410de7e;
    private static final int PRC = 0x1310de7e;
    private static final int RESPONSE = 0x1510de7e;
    private static final long FB_BYTES = 1L << 30;
    private static final long LIBOS = 0x1234_5678_9000L;

    private static final int FMC_AT = 0x10000;
    private static final int PARAMS_AT = 0x20000;
    private static final int META_AT = 0x30000;
    private static final int COT_BYTES = 860;
    private static final int RESERVED = 0x400000;

    private final Bench bench = new Bench(BoardIdentity.RTX_PRO_6000);
    private final PciFunction function = bench.attach(bench.pf, true);
    private final byte[] cot = new byte[COT_BYTES];

    FspBootTest() {
        bench.memory.asSlice(FMC_AT, 0x1000).fill((byte) 0);
        byte[] marker = "Lamella synthetic GSP-FMC 570.144".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < marker.length; i++) {
            bench.memory.set(java.lang.foreign.ValueLayout.JAVA_BYTE, FMC_AT + i, marker[i]);
        }
        bench.putInt(FMC_AT + 64, 0x1000);
        putParams();
        putMeta();
        put(cot, 0, 2, 2);
        put(cot, 2, 2, COT_BYTES);
        put(cot, 4, 8, Bench.MEMORY + FMC_AT);
        put(cot, 24, 8, RESERVED);
        put(cot, 32, 4, 1 << 20);
        System.arraycopy(hash(), 0, cot, 36, 48);
        Arrays.fill(cot, 84, 84 + 97, (byte) 4);
        Arrays.fill(cot, 468, 468 + 96, (byte) 5);
        put(cot, 852, 8, Bench.MEMORY + PARAMS_AT);
    }

    private void putParams() {
        bench.putInt(PARAMS_AT + 8, 1);
        bench.putInt(PARAMS_AT + 12, 256);
        bench.putLong(PARAMS_AT + 16, Bench.MEMORY + META_AT);
        bench.putInt(PARAMS_AT + 36, 1);
        bench.putInt(PARAMS_AT + 40, 2);
        bench.putLong(PARAMS_AT + 48, LIBOS);
    }

    /** Sizes alone: the places are the FMC's to choose. */
    private void putMeta() {
        long[][] fields = {
            {0, 0xdc3aae21371a60b3L},
            {8, 1},
            {16, 0x5000},
            {24, 0x10000},
            {32, 0x6000},
            {40, 0x1000},
            {72, 0x7000},
            {80, 0x1000},
            {104, 0x220000},
            {128, 128 << 20},
            {160, 1 << 20},
            {192, 128 << 10},
        };
        for (long[] field : fields) {
            bench.putLong(META_AT + (int) field[0], field[1]);
        }
    }

    private byte[] hash() {
        byte[] image = bench.memory.asSlice(FMC_AT, 0x1000).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        try {
            return MessageDigest.getInstance("SHA-384").digest(image);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static void put(byte[] bytes, int at, int size, long value) {
        for (int i = 0; i < size; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void writePacket(int mctp, int nvdm, byte[] payload) {
        write(function, EMEM_ADDRESS, 1 << 24);
        write(function, EMEM_DATA, mctp);
        write(function, EMEM_DATA, nvdm);
        for (int i = 0; i < payload.length; i += 4) {
            int word = 0;
            for (int k = 3; k >= 0; k--) {
                word = word << 8 | (i + k < payload.length ? payload[i + k] & 0xff : 0);
            }
            write(function, EMEM_DATA, word);
        }
    }

    private int[] send(int mctp, int nvdm, byte[] payload) {
        writePacket(mctp, nvdm, payload);
        return ring(payload.length + 4, 0);
    }

    private int[] ring(int tail, int head) {
        write(function, COMMAND_TAIL, tail);
        write(function, COMMAND_HEAD, head);
        assertThat(Objects.requireNonNull(bench.gpu.tap(0)).settle(5_000_000_000L))
                .isTrue();
        assertThat(read(function, COMMAND_HEAD)).as("taken").isEqualTo(read(function, COMMAND_TAIL));
        int bytes = read(function, ANSWER_TAIL) - read(function, ANSWER_HEAD) + 4;
        assertThat(bytes).as("bytes of the answer").isBetween(20, 24);
        int[] answer = new int[bytes / 4];
        write(function, EMEM_ADDRESS, 1 << 25);
        for (int i = 0; i < answer.length; i++) {
            answer[i] = read(function, EMEM_DATA);
        }
        write(function, ANSWER_TAIL, 0);
        write(function, ANSWER_HEAD, 0);
        assertThat(answer[0]).isEqualTo(SINGLE);
        assertThat(answer[1]).isEqualTo(RESPONSE);
        return answer;
    }

    private boolean started() {
        return bench.gsps.getFirst().events.contains("start");
    }

    @Test
    void oneMessageBootsTheGsp() {
        assertThat(read(function, 0)).isEqualTo(0x1b2000a1);
        assertThat(read(function, 0xa00)).isEqualTo(0x1b2a1000);
        assertThat(read(function, 0xad00bc)).as("FSP has come up").isEqualTo(0xff);
        assertThat(read(function, RISCV_CPUCTL)).as("halted").isEqualTo(0x10);
        assertThat(send(SINGLE, COT, cot)).containsExactly(SINGLE, RESPONSE, 0, 0x14, 0);
        assertThat(read(function, MAILBOX0)).isZero();
        assertThat(read(function, HWCFG2) & 1 << 13).as("open").isZero();
        assertThat(read(function, RISCV_CPUCTL)).as("active").isEqualTo(0x80);
        assertThat(bench.gpu.bootRefusal(0)).isNull();
        GspBoot boot = bench.gsps.getFirst().boot();
        assertThat(boot.libosArgsAddress()).isEqualTo(LIBOS);
        assertThat(boot.wprMetaAddress()).isEqualTo(Bench.MEMORY + META_AT);
        assertThat(boot.cpuSequencer()).isFalse();
        // FRTS data, bootloader, firmware, heap, metadata, and the heap that is not protected, from the top down.
        assertThat(boot.wprEnd()).isEqualTo(FB_BYTES - RESERVED);
        assertThat(boot.frtsOffset()).isEqualTo(boot.wprEnd() - (1 << 20));
        assertThat(boot.wprStart()).isLessThan(boot.frtsOffset() - (128 << 20)).isPositive();
        assertThat(boot.nonWprHeapOffset()).isLessThanOrEqualTo(boot.wprStart() - 0x220000);
        assertThat(read(function, WPR2_HI)).isNotZero();
        // A second one is refused and disturbs nothing.
        assertThat(send(SINGLE, COT, cot)).endsWith(0x9e);
        assertThat(read(function, RISCV_CPUCTL)).isEqualTo(0x80);
    }

    @Test
    void firmwareThatEndsLeavesNoProtection() {
        send(SINGLE, COT, cot);
        bench.gsps.getFirst().host.setRiscvActive(false);
        assertThat(read(function, RISCV_CPUCTL)).as("halted").isEqualTo(0x10);
        assertThat(read(function, WPR2_HI)).isZero();
        assertThat(send(SINGLE, COT, cot)).endsWith(0);
        bench.pf.reset();
        Bench.enable(function);
        assertThat(read(function, WPR2_HI)).isZero();
        assertThat(send(SINGLE, COT, cot)).endsWith(0);
    }

    @Test
    void tellsWhetherThereAreVgpus() {
        assertThat(send(SINGLE, PRC, new byte[] {0x0c, 2, 0x29, 0})).containsExactly(SINGLE, RESPONSE, 0, 0x13, 0, 1);
        assertThat(send(SINGLE, PRC, new byte[] {0x0c, 2, 0x28, 0})).endsWith(0xa0);
        assertThat(send(SINGLE, PRC, new byte[] {0x0d, 2, 0x29, 0})).endsWith(0xa0);
        assertThat(send(SINGLE, PRC, new byte[8])).endsWith(0xa1);
        assertThat(send(SINGLE, 0x2010de7e, new byte[4])).endsWith(0xa0);
    }

    /** What the FSP sees itself it answers with an error; the GSP is left alone. */
    @ParameterizedTest
    @CsvSource({
        "0, 1, another version or size",
        "2, 1, another version or size",
        "4, 1, not the one that the hash is of",
        "11, 127, cannot be read",
        "36, 1, not the one that the hash is of",
        "200, 1, longer than Blackwell's",
        "467, 1, longer than Blackwell's",
        "851, 1, longer than Blackwell's",
    })
    void ordersWithAWrongManifestAreRefused(int at, byte change, String why) {
        cot[at] ^= change;
        if (at == 4) {
            // Another program in the same place.
            cot[at] ^= change;
            bench.putInt(FMC_AT + 0x800, 1);
        }
        assertThat(send(SINGLE, COT, cot)).endsWith(0xa1);
        assertThat(bench.gpu.bootRefusal(0)).contains(why);
        assertThat(started()).isFalse();
        assertThat(read(function, WPR2_HI)).isZero();
    }

    /** What only the program on the GSP sees comes back in its mailbox. */
    @ParameterizedTest
    @CsvSource({
        "PARAMS, 8, 0, 0x49",
        "PARAMS, 12, 255, 0x49",
        "PARAMS, 36, 0, 0x49",
        "PARAMS, 40, 0, 0x49",
        "PARAMS, 16, 0, 0x40",
        "META, 0, 0, 0x41",
        "META, 8, 2, 0x42",
        "META, 24, 0, 0x45",
        "META, 128, 2000000000, 0x45",
        "META, 160, 4096, 0x45",
        "META, 192, 0, 0x45",
    })
    void whatTheFmcRefusesIsInTheMailbox(String where, int offset, long value, String code) {
        int at = (where.equals("META") ? META_AT : PARAMS_AT) + offset;
        if (where.equals("META") || offset == 16) {
            bench.putLong(at, value);
        } else {
            bench.putInt(at, (int) value);
        }
        assertThat(send(SINGLE, COT, cot)).endsWith(0);
        assertThat(read(function, MAILBOX0)).isEqualTo(Integer.decode(code));
        assertThat(read(function, HWCFG2) & 1 << 13).as("open").isZero();
        assertThat(bench.gpu.bootRefusal(0)).isNotEmpty();
        assertThat(started()).isFalse();
        assertThat(read(function, RISCV_CPUCTL)).isEqualTo(0x10);
    }

    @ParameterizedTest
    @CsvSource({
        "0x40000000, 0x1410de7e",
        "0x80000000, 0x1410de7e",
        "0xd0000000, 0x1410de7e",
        "0, 0x1410de7e",
        "0xc0000000, 0x1410dd7e",
        "0xc0000000, 0x1410de7d",
    })
    void packetsOutOfSequenceAndOthersMessagesAreRefused(String mctp, String nvdm) {
        assertThat(send((int) (long) Long.decode(mctp), Integer.decode(nvdm), cot))
                .endsWith(0xa1);
        assertThat(started()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"-4, 0", "0, 4", "1024, 0", "0x7ffffffc, 0", "2, 0", "864, 1", "0, 0", "-1, -1", "0, -2147483648"})
    void queuesThatMakeNoSenseAreTakenAndRefused(String tail, String head) {
        writePacket(SINGLE, COT, cot);
        assertThat(ring(Integer.decode(tail), Integer.decode(head))).endsWith(0xa1);
        assertThat(started()).isFalse();
        assertThat(send(SINGLE, COT, cot)).endsWith(0);
    }

    /** Noise in every part of a packet ends in an answer, and the next good one boots. */
    @Test
    void randomPacketsLeaveTheFspUsable() {
        long seed = Long.getLong("lamella.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            byte[] payload = random.nextBoolean() ? cot.clone() : new byte[4 * random.nextInt(254)];
            for (int k = 0; k < 1 + random.nextInt(4); k++) {
                if (payload.length > 0) {
                    // Never the program's own address with everything else right: that would boot.
                    payload[random.nextInt(Math.min(payload.length, 850))] ^= (byte) (1 + random.nextInt(255));
                }
            }
            int[] answer = send(
                    random.nextInt(3) == 0 ? random.nextInt() : SINGLE,
                    random.nextInt(3) == 0 ? random.nextInt() : COT,
                    payload);
            assertThat(answer.length).as("seed %d, packet %d", seed, i).isBetween(5, 6);
            if (started()) {
                // A change that does not matter, such as to the FRTS data in system memory.
                bench.gsps.getFirst().host.setRiscvActive(false);
                bench.gsps.getFirst().events.clear();
            }
        }
        assertThat(send(SINGLE, COT, cot)).as("seed %d", seed).endsWith(0);
        assertThat(started()).isTrue();
    }
}
