// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.host.EngineUsage;
import io.lamella.host.HostGpu;
import io.lamella.vm.VmException;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestLoad;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** All VMs copy at the same time; the host measures what each has of the engines. */
final class DemoWork {
    /** Enough under way that the engine always has work, also while a guest without KVM prepares more. */
    private static final GuestCheck.Load LOAD = new GuestCheck.Load(600, 2 << 20, 64, 6);

    private static final long MEASURE_NANOS = 3_000_000_000L;
    private static final long START_NANOS = 60_000_000_000L;
    private static final long LOOK_MILLIS = 20;
    private static final Duration STOP = Duration.ofMinutes(1);

    private final HostGpu gpu;
    private final List<UUID> vgpus;
    private final List<DemoGuest> guests;

    /** The VMs, each with its vGPU at the same place of the other list. */
    DemoWork(HostGpu gpu, List<UUID> vgpus, List<DemoGuest> guests) {
        this.gpu = gpu;
        this.vgpus = vgpus;
        this.guests = guests;
    }

    /** Lets them work and tells how fast each was and what share of the engines' time it had. */
    void run(Story.Stage stage) throws IOException {
        List<GuestLoad> loads = new ArrayList<>();
        for (DemoGuest guest : guests) {
            loads.add(guest.startLoad(LOAD));
        }
        awaitAll();
        long begun = System.nanoTime();
        List<EngineUsage> before = usages();
        pause(MEASURE_NANOS / 1_000_000);
        long nanos = System.nanoTime() - begun;
        List<EngineUsage> after = usages();
        List<GuestCheck.LoadResult> results = new ArrayList<>();
        for (GuestLoad load : loads) {
            results.add(load.stop(STOP));
        }
        stage.say("nouveau_check: 2 MiB copies within VRAM, every byte verified");
        List<Map<String, Object>> facts = new ArrayList<>();
        Table table = new Table("VM", "copies", "MiB/s", "engine share", "idle");
        for (int i = 0; i < guests.size(); i++) {
            EngineUsage used = after.get(i).since(before.get(i));
            GuestCheck.LoadResult result = results.get(i);
            double share = (double) used.busyNanos() / nanos;
            double idle = (double) used.idleNanos() / nanos;
            table.row(
                    "VM " + (i + 1), result.copies(), Math.round(result.mibPerSecond()), percent(share), percent(idle));
            facts.add(facts(result, used, share, idle));
        }
        table.lines().forEach(stage::say);
        stage.fact("scheduler", gpu.scheduler().policy().label())
                .fact("measuredSeconds", Math.round(nanos / 1e6) / 1e3)
                .fact("vms", facts);
    }

    private static Map<String, Object> facts(
            GuestCheck.LoadResult result, EngineUsage used, double share, double idle) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("copies", result.copies());
        facts.put("bytes", result.bytes());
        facts.put("seconds", result.seconds());
        facts.put("mibPerSecond", result.mibPerSecond());
        facts.put("pushP50Micros", result.p50Micros());
        facts.put("pushP99Micros", result.p99Micros());
        facts.put("busyNanos", used.busyNanos());
        facts.put("share", Math.round(share * 1e4) / 1e4);
        facts.put("idle", Math.round(idle * 1e4) / 1e4);
        return facts;
    }

    /** Until every vGPU has been seen at work twice in a row. */
    private void awaitAll() throws VmException {
        long deadline = System.nanoTime() + START_NANOS;
        for (int good = 0; good < 2; ) {
            List<EngineUsage> before = usages();
            pause(10 * LOOK_MILLIS);
            List<EngineUsage> after = usages();
            good++;
            for (int i = 0; i < before.size(); i++) {
                EngineUsage used = after.get(i).since(before.get(i));
                if (used.busyNanos() == 0 || used.idleNanos() > 0) {
                    good = 0;
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new VmException("Within a minute the VMs did not all keep their vGPUs busy.");
            }
        }
    }

    private List<EngineUsage> usages() {
        return vgpus.stream().map(gpu::engineUsage).toList();
    }

    private static String percent(double part) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * part);
    }

    private static void pause(long millis) throws VmException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmException("Interrupted while the VMs worked.");
        }
    }
}
