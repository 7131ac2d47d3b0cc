// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.core.BarMapping;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuGoneException;
import io.lamella.core.GspClient;
import io.lamella.core.RmRequest;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.gsp.GspStatus;
import io.lamella.hw.gsp.GspQueue;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.PciFunction;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the core does when the GPU, its firmware or its files do not do what they should. */
@Timeout(60)
class CoreFailureTest {
    private static final long COMMAND_DOORBELL = 0x110c00;
    private static final CoreOptions HASTY = CoreOptions.DEFAULT.withTimeouts(300, 600);
    private static final String[] BOTH = {"570.144", "535.113.01"};

    private static CoreException openFails(SoftwareGpuRig rig, CoreOptions options) {
        return catchThrowableOfType(CoreException.class, () -> rig.open(options).close());
    }

    /** After any failure the GPU is as it was, and boots. */
    private static void bootsNow(SoftwareGpuRig rig) {
        assertThat(rig.protectedMemoryEnd()).isZero();
        int mapped = rig.function.dma().regions().size();
        try (GpuCore core = rig.open(HASTY)) {
            assertThat(core.isAlive()).isTrue();
        }
        assertThat(rig.function.dma().regions()).hasSize(mapped);
    }

    @Test
    void namesMissingFiles() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            rig.files.remove("nvidia/ad102/gsp/gsp-570.144.bin");
            rig.files.remove("nvidia/ad102/gsp/booter_load-535.113.01.bin");
            CoreException failure = openFails(rig, CoreOptions.DEFAULT.withFirmwareReleases(BOTH));
            assertThat(failure.error()).isEqualTo(CoreError.NOT_FOUND);
            assertThat(failure).hasMessageContaining("gsp-570.144.bin").hasMessageContaining("booter_load-535.113.01");
            assertThat(rig.function.dma().regions()).isEmpty();
        }
    }

    @Test
    void refusesFirmwareThatTheBooterRefuses() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            byte[] file = rig.files.get("nvidia/ad102/gsp/booter_load-570.144.bin");
            file[0] ^= 1;
            CoreException failure = openFails(rig, HASTY);
            assertThat(failure.error()).isEqualTo(CoreError.DEVICE_FAULT);
            assertThat(failure).hasMessageContaining("booter_load-570.144.bin");
            file[0] ^= 1;
            bootsNow(rig);
        }
    }

    @Test
    void givesUpOnAGspThatNeverStarts() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            rig.function.fault((offset, value) -> offset == 0x111388 ? 0 : value);
            CoreException failure = openFails(rig, HASTY);
            assertThat(failure.error()).isEqualTo(CoreError.TIMED_OUT);
            assertThat(failure).hasMessageContaining("start AD102's firmware");
            assertThat(rig.function.resets.get()).isPositive();
            rig.function.fault(null);
            bootsNow(rig);
        }
    }

    @Test
    void givesUpOnStartUpCodeThatDoesNotFinish() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            rig.function.fault((offset, value) -> offset == 0x118234 ? 0x12 : value);
            CoreException failure = openFails(rig, HASTY);
            assertThat(failure.error()).isEqualTo(CoreError.TIMED_OUT);
            assertThat(failure).hasMessageContaining("finish its own start-up within 600 ms");
        }
    }

    @Test
    void reportsWhatFwsecSays() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            rig.function.fault((offset, value) -> offset == 0x1438 ? 0x0042_0000 : value);
            CoreException failure = openFails(rig, HASTY);
            assertThat(failure.error()).isEqualTo(CoreError.DEVICE_FAULT);
            assertThat(failure).hasMessageContaining("error 0x42");
            rig.function.fault(null);
            bootsNow(rig);
        }
    }

    @Test
    void givesUpOnAGspThatStopsAnswering() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            GpuCore core = rig.open(HASTY);
            CoreSession session = rig.attach(core);
            GspClient client = session.openGspClient("client");
            rig.function.deafen(COMMAND_DOORBELL);
            assertThatThrownBy(() -> client.control(client.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE")))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.TIMED_OUT))
                    .hasMessage("The GSP did not answer control GPU_GET_VMMU_SEGMENT_SIZE within 300 ms.");
            rig.function.deafen(-1);
            // The late answer to the first is not taken for the answer to the second.
            assertThat(client.control(client.subdevice(), RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE"))
                            .number("bMore"))
                    .isZero();
            rig.function.deafen(COMMAND_DOORBELL);
            core.close();
            assertThat(rig.function.resets.get()).isPositive();
            rig.function.deafen(-1);
            bootsNow(rig);
        }
    }

    @Test
    void worksWithoutInterrupts() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            rig.function.dropInterrupts(true);
            try (GpuCore core = rig.open(HASTY)) {
                CoreSession session = rig.attach(core);
                assertThat(session.openGspClient("client").isHeld()).isTrue();
                session.close();
            }
        }
    }

    @Test
    void saysThatAMessageIsGarbledAndGoesOn() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open(HASTY)) {
            CoreSession session = rig.attach(core);
            GspClient client = session.openGspClient("client");
            DmaRegion queues = queues(rig);
            // A firmware that writes nonsense, played by writing into its ring: a whole ring of it, and a pointer.
            long ring = queues.iova() + GspQueue.STATUS_QUEUE_OFFSET;
            int write = rig.function.dma().readInt(ring + GspQueue.TX_WRITE_POINTER);
            // The real firmware must not answer meanwhile: it would write its own pointer over this one.
            rig.function.deafen(COMMAND_DOORBELL);
            rig.function.dma().writeInt(ring + GspQueue.TX_WRITE_POINTER, 9999);
            assertThatThrownBy(() -> client.control(client.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE")))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.DEVICE_FAULT))
                    .hasMessageContaining("9999");
            rig.function.dma().writeInt(ring + GspQueue.TX_WRITE_POINTER, write);
            rig.function.deafen(-1);
            session.close();
        }
    }

    @Test
    void letsEveryoneGoWhenTheFunctionIsGone() throws InterruptedException {
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open(HASTY)) {
            CoreSession session = rig.attach(core);
            FbRange range = session.allocateFb(FbRequest.pages("range", 1 << 20));
            BarMapping mapping = session.map(range);
            GspClient client = session.openGspClient("client");
            rig.function.pullOut();
            assertThat(rig.events.poll(10, TimeUnit.SECONDS)).isInstanceOf(CoreEvent.FunctionGone.class);
            List<Runnable> calls = new ArrayList<>();
            calls.add(() -> mapping.readInt(0));
            calls.add(() -> mapping.writeInt(0, 1));
            calls.add(() -> session.scrub(range));
            calls.add(() -> session.openGspClient("another"));
            calls.add(() -> client.control(client.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE")));
            calls.add(() -> session.setVirtualFunctions(1));
            calls.add(() -> session.allocateFb(FbRequest.pages("more", 1)));
            calls.add(() -> rig.attach(core));
            for (Runnable call : calls) {
                assertThatThrownBy(call::run).isInstanceOf(GpuGoneException.class);
            }
            assertThat(core.isAlive()).isFalse();
            session.close();
        }
    }

    @Test
    void endsACallThatIsUnderWayWhenTheFunctionGoes() throws InterruptedException {
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open(CoreOptions.DEFAULT.withTimeouts(60_000, 5_000))) {
            CoreSession session = rig.attach(core);
            GspClient client = session.openGspClient("client");
            rig.function.deafen(COMMAND_DOORBELL);
            AtomicInteger outcome = new AtomicInteger();
            Thread caller = Thread.ofPlatform().start(() -> {
                try {
                    client.control(client.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE"));
                } catch (GpuGoneException gone) {
                    outcome.set(1);
                }
            });
            while (caller.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            rig.function.pullOut();
            caller.join(10_000);
            assertThat(outcome).hasValue(1);
        }
    }

    /** The board is freed under a core that knows nothing of it: a surprise removal. */
    @Test
    void aBoardThatIsClosedUnderItsCoreIsGone() throws InterruptedException {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            GpuCore core = rig.open(CoreOptions.DEFAULT);
            CoreSession session = rig.attach(core);
            FbRange range = session.allocateFb(FbRequest.pages("range", 1 << 20));
            BarMapping mapping = session.map(range);
            GspClient client = session.openGspClient("client");
            rig.gpu.close();
            assertThat(rig.gpu.physicalFunction().readConfig(0, 4)).isEqualTo(0xffff_ffffL);
            assertThat(rig.gpu.physicalFunction().readBar(1, 0, 8)).isEqualTo(-1);
            assertThat(rig.gpu.physicalFunction().virtualFunction(0).readConfig(0, 4))
                    .isEqualTo(0xffff_ffffL);
            assertThat(rig.events.poll(10, TimeUnit.SECONDS)).isInstanceOf(CoreEvent.FunctionGone.class);
            assertThatThrownBy(() -> mapping.readInt(0)).isInstanceOf(GpuGoneException.class);
            assertThatThrownBy(() -> client.control(client.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE")))
                    .isInstanceOf(GpuGoneException.class);
            long begun = System.nanoTime();
            session.close();
            core.close();
            assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(2));
        }
    }

    /** Accesses that are under way when the memory is unmapped end as those of a function that is gone, never as a failure. */
    @Test
    void aBoardMayBeClosedInTheMiddleOfAnAccess() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            try (SoftwareGpuRig rig =
                    new SoftwareGpuRig(SoftwareGpu.builder("it").frameBufferBytes(1L << 30))) {
                PciFunction function = rig.gpu.physicalFunction();
                function.writeConfig(4, 2, 6);
                AtomicReference<Throwable> failure = new AtomicReference<>();
                CountDownLatch begun = new CountDownLatch(1);
                Thread user = Thread.ofPlatform().start(() -> {
                    MemorySegment bytes = MemorySegment.ofArray(new byte[64 << 10]);
                    try {
                        while (function.readConfig(0, 4) != 0xffff_ffffL) {
                            function.writeBar(1, 0, bytes);
                            function.readBar(1, 0, bytes);
                            function.writeBar(1, 8, 8, 1);
                            function.readBar(1, 8, 8);
                            begun.countDown();
                        }
                    } catch (RuntimeException e) {
                        failure.set(e);
                    }
                });
                assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
                rig.gpu.close();
                user.join(10_000);
                assertThat(user.isAlive()).isFalse();
                assertThat(failure).hasValue(null);
            }
        }
    }

    /** What the firmware cannot make sense of halts it, and every client hears why. */
    @Test
    void saysThatTheFirmwareHalted() throws InterruptedException {
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open(HASTY)) {
            CoreSession session = rig.attach(core);
            GspClient client = session.openGspClient("client");
            DmaRegion queues = queues(rig);
            rig.function
                    .dma()
                    .writeInt(queues.iova() + GspQueue.COMMAND_QUEUE_OFFSET + GspQueue.TX_WRITE_POINTER, 9999);
            rig.gpu.physicalFunction().writeBar(0, COMMAND_DOORBELL, 4, 0);
            assertThat(rig.events.poll(10, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            CoreEvent.FirmwareHalted.class,
                            halted -> assertThat(halted.reason()).contains("processor"));
            assertThat(rig.gpu.gspStatus()).isNotNull().satisfies(status -> {
                assertThat(status.state()).isEqualTo(GspStatus.State.HALTED);
                assertThat(status.haltReason()).contains("9999");
            });
            assertThat(core.isAlive()).isFalse();
            assertThatThrownBy(() -> client.control(client.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE")))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.DEVICE_FAULT))
                    .hasMessageContaining("no longer runs");
            session.close();
        }
    }

    private static DmaRegion queues(SoftwareGpuRig rig) {
        return rig.function.dma().regions().stream()
                .filter(region -> region.sizeBytes() == GspQueue.REGION_BYTES)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void takesOverAGpuThatWasLeftRunning() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            GpuCore abandoned = rig.open(HASTY);
            assertThat(abandoned.isAlive()).isTrue();
            try (GpuCore core = rig.open(HASTY)) {
                assertThat(core.isAlive()).isTrue();
                assertThat(rig.function.resets).hasValue(1);
            }
            // What is left of the first one notices, and does no harm.
            abandoned.close();
            bootsNow(rig);
        }
    }
}
