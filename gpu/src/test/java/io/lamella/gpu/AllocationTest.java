// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lamella.pci.PciFunction;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Register accesses must not feed the garbage collector: a guest makes as many as it likes. */
class AllocationTest {
    private static final int ROUNDS = 20_000;
    private static final int[] REGISTERS = {
        0x0, 0x1400, 0x9400, 0x88000, 0x1fa828, 0x300000, 0x700000, 0x110008, 0x110100, 0x110118, 0x111388, 0x8401c4,
        0xb81000, 0xb81200, 0xb81600, 0xb81608, 0xbb0090, 0x500, 0x6013d4
    };

    @Test
    void accessesAllocateNothing() {
        try (Bench bench = new Bench()) {
            PciFunction pf = bench.attach(bench.pf, true);
            for (int i = 0; i < 5; i++) {
                run(pf);
            }
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            run(pf);
            long perAccess = (threads.getCurrentThreadAllocatedBytes() - before) / (3L * ROUNDS * REGISTERS.length);
            assertThat(perAccess).as("bytes per access").isZero();
        }
    }

    private static void run(PciFunction function) {
        for (int round = 0; round < ROUNDS; round++) {
            for (int offset : REGISTERS) {
                long value = function.readBar(0, offset, 4);
                // A transfer is work of its own; its register is only polled here.
                if (offset != 0x110118) {
                    function.writeBar(0, offset, 4, value);
                }
                function.readBar(3, offset & 0xffff8, 8);
            }
        }
    }
}
