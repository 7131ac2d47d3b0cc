// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.core.PciAddress;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.host.GpuSettings;
import io.lamella.host.HostEvent;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.host.ShippedFirmware;
import io.lamella.host.guest.NoVmGuest;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vfiouser.client.VfioUserException;
import io.lamella.vfiouser.client.VfioUserSlot;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.VgpuState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The physical function goes away with VMs attached: everything winds down in time, nothing is left, and the GPU can come back. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PfRemovalTest {
    private static final Duration WIND_DOWN = Duration.ofSeconds(10);
    private static final int COMMAND = 4;
    private static final int MEMORY_AND_BUS_MASTER = 6;
    private static final String RELEASE = "570.144";

    private final List<HostEvent> events = new CopyOnWriteArrayList<>();
    private final Map<String, VanishingFunction> slots = new ConcurrentHashMap<>();

    private LamellaHost host(int gpus) throws Exception {
        return LamellaHost.builder()
                .gpus(gpus)
                .firmwareReleases(RELEASE)
                .listener(events::add)
                .slots(this::slot)
                .start();
    }

    private PciSlot slot(SoftwareGpu board) {
        VanishingFunction vanishing = new VanishingFunction();
        slots.put(board.name(), vanishing);
        return new LocalSlot(vanishing.over(board.physicalFunction()));
    }

    private void pull(String gpu) {
        VanishingFunction slot = slots.get(gpu);
        assertThat(slot).isNotNull();
        if (slot != null) {
            slot.vanish();
        }
    }

    private static long within(String what, Duration limit, BooleanSupplier condition) throws InterruptedException {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("waiting for " + what)
                    .isLessThan(limit);
            Thread.sleep(5);
        }
        return System.nanoTime() - begun;
    }

    /** A VM that does not stop touching its device. Ends when the device is gone, or at the latest when it is told to. */
    private static final class BusyVm {
        private final VfioUserSlot slot;
        private final Thread thread;
        private volatile boolean ended;
        private volatile boolean sawOnes;

        BusyVm(VfioVgpu vgpu) {
            slot = VfioUserSlot.open(vgpu.socket(), 5000, false);
            slot.function().writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
            thread = Thread.ofPlatform().daemon().start(this::touch);
        }

        private void touch() {
            PciFunction function = slot.function();
            try {
                while (!ended) {
                    sawOnes |= function.readBar(0, 0, 4) == 0xffff_ffffL;
                    function.writeConfig(COMMAND, 2, sawOnes ? 0 : MEMORY_AND_BUS_MASTER);
                }
            } catch (VfioUserException e) {
                ended = true;
            }
        }

        boolean isGone() {
            return !slot.isAlive();
        }

        void leave() throws InterruptedException {
            ended = true;
            slot.close();
            thread.join(5_000);
            assertThat(thread.isAlive()).as("the VM hangs").isFalse();
        }
    }

    private static VgpuSpec same(VfioVgpu vgpu) {
        return new VgpuSpec(
                vgpu.vgpu().type().name(),
                vgpu.vgpu().uuid(),
                OptionalInt.of(vgpu.vgpu().function().index()));
    }

    @Test
    void everyVmSeesItsDeviceGoAndTheGpuComesBack() throws Exception {
        int threads = Thread.activeCount();
        try (LamellaHost host = host(2)) {
            HostGpu lost = host.gpu("gpu0");
            VfioVgpu bystander = host.gpu("gpu1").create(VgpuSpec.of("L40-8Q"));
            List<VfioVgpu> served = new ArrayList<>();
            List<BusyVm> vms = new ArrayList<>();
            List<VgpuSpec> desired = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                VfioVgpu vgpu = lost.create(VgpuSpec.of("L40-12Q"));
                served.add(vgpu);
                desired.add(same(vgpu));
                vms.add(new BusyVm(vgpu));
            }
            pull("gpu0");
            long nanos = within(
                    "all VMs to be sent away", WIND_DOWN, () -> vms.stream().allMatch(BusyVm::isGone));
            System.out.println("PfRemovalTest: four busy VMs were sent away in " + nanos / 1_000_000 + " ms");
            for (BusyVm vm : vms) {
                vm.leave();
            }
            within(
                    "the sockets to go",
                    WIND_DOWN,
                    () -> served.stream()
                            .noneMatch(vgpu -> vgpu.socket().toFile().exists()));
            assertThat(served).allMatch(vgpu -> vgpu.vgpu().state() == VgpuState.GONE);
            VgpuException refused =
                    catchThrowableOfType(VgpuException.class, () -> lost.create(VgpuSpec.of("L40-12Q")));
            assertThat(refused.reason()).isEqualTo(Reason.GPU_GONE);
            for (VfioVgpu vgpu : served) {
                assertThat(catchThrowableOfType(VgpuException.class, vgpu.vgpu()::reset)
                                .reason())
                        .isEqualTo(Reason.GPU_GONE);
            }

            // The other GPU has noticed nothing.
            assertThat(NoVmGuest.run(bystander.socket(), ShippedFirmware.source(), RELEASE)
                            .vramBytes())
                    .isEqualTo(7616L << 20);

            long begun = System.nanoTime();
            host.removeGpu("gpu0");
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(WIND_DOWN);
            assertThat(served).allMatch(vgpu -> vgpu.vgpu().state() == VgpuState.EMPTY);

            HostGpu back = host.addGpu(new GpuSettings("gpu0", new PciAddress(0, 1, 0, 0), 48L << 30, 32));
            for (VgpuSpec spec : desired) {
                VfioVgpu again = back.create(spec);
                assertThat(again.vgpu().uuid()).isEqualTo(spec.uuid());
                assertThat(NoVmGuest.run(again.socket(), ShippedFirmware.source(), RELEASE)
                                .vramBytes())
                        .isEqualTo(11456L << 20);
            }
        }
        within("threads to end", WIND_DOWN, () -> Thread.activeCount() <= threads);
    }

    /** Pulled while vGPUs are being made, reset and destroyed: every call ends, with success or a sentence. */
    @Test
    void pulledInTheMiddleOfEverything() throws Exception {
        for (int round = 0; round < 5; round++) {
            try (LamellaHost host = host(1)) {
                HostGpu gpu = host.gpu("gpu0");
                VfioVgpu reset = gpu.create(VgpuSpec.of("L40-8Q"));
                List<Throwable> wrong = new CopyOnWriteArrayList<>();
                List<Thread> workers = new ArrayList<>();
                for (Runnable work : List.<Runnable>of(
                        () -> gpu.create(VgpuSpec.of("L40-8Q")),
                        () -> gpu.destroy(
                                gpu.create(VgpuSpec.of("L40-8Q")).vgpu().uuid()),
                        reset.vgpu()::reset,
                        () -> gpu.manager().assign(VgpuSpec.of("L40-8C")).start())) {
                    workers.add(Thread.ofPlatform().daemon().start(() -> {
                        try {
                            for (int i = 0; i < 10_000; i++) {
                                work.run();
                            }
                        } catch (VgpuException e) {
                            if (e.getMessage() == null || !e.getMessage().endsWith(".")) {
                                wrong.add(e);
                            }
                        } catch (RuntimeException | Error e) {
                            wrong.add(e);
                        }
                    }));
                }
                Thread.sleep(20 + 30L * round);
                pull("gpu0");
                for (Thread worker : workers) {
                    worker.join(WIND_DOWN.toMillis());
                    assertThat(worker.isAlive()).as("a call that does not end").isFalse();
                }
                assertThat(wrong).isEmpty();
                within(
                        "the loss to be noticed",
                        WIND_DOWN,
                        () -> events.stream().anyMatch(HostEvent.GpuLost.class::isInstance));
                long begun = System.nanoTime();
                host.removeGpu("gpu0");
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(WIND_DOWN);
                assertThat(reset.vgpu().state()).isEqualTo(VgpuState.EMPTY);
                host.addGpu(new GpuSettings("gpu0", new PciAddress(0, 1, 0, 0), 48L << 30, 32))
                        .create(VgpuSpec.of("L40-8Q"));
            }
            events.clear();
        }
    }
}
