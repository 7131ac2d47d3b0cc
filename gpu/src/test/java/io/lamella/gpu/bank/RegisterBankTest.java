// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.bank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegisterBankTest {
    private final BankBuilder builder = new BankBuilder(1 << 20);

    @Test
    void readsAndWritesEverySizeOfAStorageRegister() {
        builder.storage("A", 0x10, 0x44332211, -1);
        builder.storage("B", 0x14, 0x88776655, -1);
        RegisterBank bank = builder.build();

        assertThat(bank.read(0x10, 8)).isEqualTo(0x8877665544332211L);
        assertThat(bank.read(0x14, 4)).isEqualTo(0x88776655L);
        assertThat(bank.read(0x16, 2)).isEqualTo(0x8877);
        assertThat(bank.read(0x13, 1)).isEqualTo(0x44);

        bank.write(0x11, 1, 0xab);
        assertThat(bank.read(0x10, 4)).isEqualTo(0x4433ab11L);
        bank.write(0x12, 2, 0xcdef);
        assertThat(bank.read(0x10, 4)).isEqualTo(0xcdefab11L);
        bank.write(0x10, 8, 0x0102030405060708L);
        assertThat(bank.read(0x10, 4)).isEqualTo(0x05060708);
        assertThat(bank.read(0x14, 4)).isEqualTo(0x01020304);
    }

    @Test
    void keepsBitsThatTheDriverMayNotWrite() {
        Cell.Storage cell = builder.storage("A", 0, 0xf0, 0x0f);
        RegisterBank bank = builder.build();
        bank.write(0, 4, 0xffffffffL);
        assertThat(bank.read(0, 4)).isEqualTo(0xff);
        bank.write(0, 4, 0);
        assertThat(bank.read(0, 4)).isEqualTo(0xf0);
        cell.set(7);
        bank.reset();
        assertThat(bank.read(0, 4)).isEqualTo(0xf0);
    }

    @Test
    void leavesBytesOutOfAPartialWriteAloneInHooksAndZeroInCommands() {
        List<Integer> hooked = new ArrayList<>();
        List<Integer> commanded = new ArrayList<>();
        builder.hook("H", 0, () -> 0x11223344, hooked::add);
        builder.command("C", 4, () -> 0x11223344, commanded::add);
        RegisterBank bank = builder.build();
        bank.write(1, 1, 0xff);
        bank.write(5, 1, 0xff);
        assertThat(hooked).containsExactly(0x1122ff44);
        assertThat(commanded).containsExactly(0xff00);
    }

    @Test
    void handsWindowsTheirAccessesWhole() {
        List<String> seen = new ArrayList<>();
        builder.window("W", 0x1000, 0x3008, new WindowTarget() {
            @Override
            public long read(int offset, int sizeBytes) {
                seen.add("r" + offset + "/" + sizeBytes);
                return 0x5a;
            }

            @Override
            public void write(int offset, int sizeBytes, long value) {
                seen.add("w" + offset + "/" + sizeBytes + "=" + value);
            }
        });
        builder.constant("after", 0x4008, 3);
        RegisterBank bank = builder.build();
        assertThat(bank.read(0x1001, 1)).isEqualTo(0x5a);
        bank.write(0x4000, 8, 9);
        bank.read(0x3ff8, 8);
        assertThat(seen).containsExactly("r1/1", "w12288/8=9", "r12280/8");
        assertThat(bank.read(0x4008, 4)).isEqualTo(3);
    }

    @Test
    void refusesOverlapsByName() {
        builder.window("ROM", 0x1000, 0x1000, new Nothing());
        builder.storage("A", 0x2000, 0, -1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.constant("B", 0x1ffc, 0))
                .withMessageContaining("B at 0x1ffc overlaps ROM at 0x1000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.window("W", 0x1f00, 0x200, new Nothing()))
                .withMessageContaining("overlaps");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.constant("A", 0x2000, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.constant("odd", 0x2002, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.constant("out", 1 << 20, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.constant("negative", -4, 0));
    }

    @Test
    void countsUnknownOffsetsUpToALimit() {
        RegisterBank bank = builder.build();
        assertThat(bank.read(0x500, 4)).isZero();
        bank.write(0x501, 1, 1);
        bank.write(0x500, 8, 1);
        assertThat(bank.unknown().counts())
                .containsExactly(new UnknownAccesses.Count(0x500, 1, 2), new UnknownAccesses.Count(0x504, 0, 1));

        for (int offset = 0x1000; offset < 0x1000 + 4 * UnknownAccesses.MAX_OFFSETS; offset += 4) {
            bank.read(offset, 4);
        }
        List<UnknownAccesses.Count> counts = bank.unknown().counts();
        assertThat(counts).hasSize(UnknownAccesses.MAX_OFFSETS + 1);
        assertThat(counts.getFirst()).isEqualTo(new UnknownAccesses.Count(-1, 2, 0));
    }

    @Test
    void printsItselfWithoutTouchingPorts() {
        int[] reads = {0};
        builder.constant("PMC.BOOT_0", 0, 0x192000a1);
        builder.port(new io.lamella.hw.Loc.Fixed<>("DATA", 8, io.lamella.hw.reg.Word::new), () -> reads[0]++, v -> {});
        RegisterBank bank = builder.build();
        assertThat(bank.entries().getFirst().toString())
                .isEqualTo("000000 PMC.BOOT_0                           constant 192000a1");
        assertThat(reads[0]).isZero();
        bank.read(8, 4);
        assertThat(reads[0]).isEqualTo(1);
    }

    private static final class Nothing implements WindowTarget {
        @Override
        public long read(int offset, int sizeBytes) {
            return 0;
        }

        @Override
        public void write(int offset, int sizeBytes, long value) {}
    }
}
