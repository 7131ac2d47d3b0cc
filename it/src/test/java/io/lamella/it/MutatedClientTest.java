// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.host.LamellaHost;
import io.lamella.host.ShippedFirmware;
import io.lamella.host.guest.NoVmGuest;
import io.lamella.linux.OpenFiles;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vfiouser.hostile.MutationRun;
import io.lamella.vgpu.VgpuSpec;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A VMM client that sends ten thousand damaged messages to a live vGPU, and what is left of the vGPU afterwards. */
class MutatedClientTest {
    private static final int MESSAGES = 10_000;
    /** Device access continues a little after the last disconnect: the vGPU is reset and scrubbed for its next client. */
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(20);

    @Test
    @Timeout(240)
    void tenThousandDamagedMessagesLeaveAVgpuThatWorks() throws IOException, InterruptedException {
        long seed = Long.getLong("lamella.seed", System.nanoTime());
        System.out.println("MutatedClientTest seed " + seed);
        try (LamellaHost host = LamellaHost.builder().start()) {
            VfioVgpu attacked = host.create(VgpuSpec.of("L40-2Q"));
            VfioVgpu neighbour = host.create(VgpuSpec.of("L40-2Q"));
            drive(attacked);
            settle(attacked);
            int files = OpenFiles.count();
            long mappings = OpenFiles.mappings("memfd");

            MutationRun.Outcome outcome = MutationRun.run(attacked.socket(), seed, MESSAGES);
            assertThat(outcome.messages()).isEqualTo(MESSAGES);
            assertThat(outcome.connections())
                    .as("a run that is refused at once tries nothing")
                    .isGreaterThan(10);
            settle(attacked);

            drive(attacked);
            drive(neighbour);
            settle(attacked);
            settle(neighbour);
            assertThat(OpenFiles.count()).isLessThanOrEqualTo(files);
            assertThat(OpenFiles.mappings("memfd")).isLessThanOrEqualTo(mappings);
        }
    }

    private static void drive(VfioVgpu vgpu) {
        NoVmGuest.Report report = NoVmGuest.run(vgpu.socket(), ShippedFirmware.source(), "570.144");
        assertThat(report.chip()).isEqualTo("AD102");
        assertThat(report.vramBytes()).isEqualTo(vgpu.vgpu().info().type().fbLengthBytes());
    }

    /** Waits until nobody is attached; the last client's leaving is noticed by the server's thread, not by ours. */
    private static void settle(VfioVgpu vgpu) throws InterruptedException {
        long end = System.nanoTime() + SETTLE_NANOS;
        while (vgpu.isAttached() && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(vgpu.isAttached()).isFalse();
        Thread.sleep(200);
    }
}
