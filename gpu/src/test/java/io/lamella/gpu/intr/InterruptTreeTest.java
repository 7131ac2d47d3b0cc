// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.intr;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.RegisterBank;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptTreeTest {
    private static final int LEAF = 0xb81000;
    private static final int ENABLE = 0xb81200;
    private static final int DISABLE = 0xb81400;
    private static final int TOP = 0xb81600;
    private static final int TOP_ENABLE = 0xb81608;
    private static final int TOP_DISABLE = 0xb81610;
    private static final int TRIGGER = 0xb81640;

    private final List<Boolean> levels = Collections.synchronizedList(new ArrayList<>());
    private final InterruptTree tree = new InterruptTree(levels::add);
    private final RegisterBank bank = bank(tree);

    private static RegisterBank bank(InterruptTree tree) {
        BankBuilder builder = new BankBuilder(16 << 20);
        tree.addRegisters(builder);
        return builder.build();
    }

    private void write(int offset, int value) {
        bank.write(offset, 4, Integer.toUnsignedLong(value));
    }

    @Test
    void assertsOnceForAVectorThatIsEnabledAllTheWay() {
        tree.raise(0x45);
        assertThat(levels).isEmpty();
        assertThat(bank.read(LEAF + 8, 4)).isEqualTo(0x20);
        assertThat(bank.read(TOP, 4)).isZero();
        write(ENABLE + 8, 0x20);
        assertThat(bank.read(TOP, 4)).isEqualTo(2);
        assertThat(levels).isEmpty();
        write(TOP_ENABLE, 0xf);
        assertThat(levels).containsExactly(true);
        tree.raise(0x45);
        assertThat(levels).containsExactly(true);
        write(LEAF + 8, 0x20);
        assertThat(levels).containsExactly(true, false);
        assertThat(bank.read(ENABLE + 8, 4)).isEqualTo(0x20);
        write(DISABLE + 8, 0x20);
        assertThat(bank.read(ENABLE + 8, 4)).isZero();
    }

    @Test
    void comesBackOnRearmWithWhatWasRaisedMeanwhile() {
        write(ENABLE, -1);
        write(TOP_ENABLE, 0xf);
        tree.raise(3);
        write(TOP_DISABLE, 0xf);
        tree.raise(4);
        write(LEAF, 1 << 3);
        assertThat(levels).containsExactly(true, false);
        write(TOP_ENABLE, 0xf);
        assertThat(levels).containsExactly(true, false, true);
        write(TOP_DISABLE, 0xf);
        write(LEAF, 1 << 4);
        write(TOP_ENABLE, 0xf);
        assertThat(levels).containsExactly(true, false, true, false);
    }

    @Test
    void triggersBySoftwareAndIgnoresVectorsThatAreNotThere() {
        write(ENABLE + 28, -1);
        write(TOP_ENABLE, 0xf);
        write(TRIGGER, 256);
        write(TRIGGER, 0xfff);
        assertThat(levels).isEmpty();
        write(TRIGGER, 255);
        assertThat(levels).containsExactly(true);
        assertThat(bank.read(LEAF + 28, 4)).isEqualTo(0x80000000L);
    }

    @Test
    void losesNoVectorAndRepeatsNoLevelWhenRaisedFromAnotherThread() throws InterruptedException {
        int rounds = 20_000;
        int[] rounded = {0};
        write(ENABLE, 1);
        write(TOP_ENABLE, 1);
        Thread device = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < rounds; i++) {
                tree.raise(0);
            }
        });
        // The driver: disarm, take what is pending, rearm, as an interrupt handler does.
        while (device.isAlive() || bank.read(LEAF, 4) != 0) {
            write(TOP_DISABLE, 1);
            if (bank.read(LEAF, 4) != 0) {
                write(LEAF, 1);
                rounded[0]++;
            }
            write(TOP_ENABLE, 1);
        }
        device.join();
        assertThat(rounded[0]).isPositive();
        assertThat(tree.level()).isFalse();
        List<Boolean> seen = List.copyOf(levels);
        for (int i = 0; i < seen.size(); i++) {
            assertThat(seen.get(i)).as("level %d", i).isEqualTo(i % 2 == 0);
        }
        assertThat(seen.size() % 2).isZero();
    }

    @Test
    void forgetsEverythingOnReset() {
        write(ENABLE, 1);
        write(TOP_ENABLE, 1);
        tree.raise(0);
        tree.reset();
        assertThat(levels).containsExactly(true, false);
        assertThat(bank.read(LEAF, 4) + bank.read(ENABLE, 4) + bank.read(TOP_ENABLE, 4))
                .isZero();
    }
}
