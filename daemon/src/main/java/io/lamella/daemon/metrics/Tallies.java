// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.metrics;

import io.lamella.host.node.NodeEvent;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is counted as events tell of it, by vGPU. Cheap: events are rare. */
final class Tallies {
    private static final int MAX_XIDS = 64;

    private final Map<String, Tally> byVgpu = new HashMap<>();
    private final Map<String, Integer> lastXidByGpu = new HashMap<>();

    /**
     * A vGPU's.
     *
     * @param faults by Xid
     */
    record Tally(long starts, long resets, long clients, Map<Integer, Long> faults) {
        static final Tally NONE = new Tally(0, 0, 0, Map.of());
    }

    /** Takes an event in. */
    synchronized void add(NodeEvent event) {
        String vgpu = event.vgpu();
        if (vgpu == null) {
            return;
        }
        Tally now = of(vgpu);
        switch (event.kind()) {
            case "vgpu-changed" -> {
                String from = event.details().getOrDefault("from", "");
                if (event.details().getOrDefault("to", "").equals("active")) {
                    boolean reset = from.equals("resetting");
                    byVgpu.put(
                            vgpu,
                            new Tally(
                                    now.starts + (reset ? 0 : 1),
                                    now.resets + (reset ? 1 : 0),
                                    now.clients,
                                    now.faults));
                }
            }
            case "client-attached" -> byVgpu.put(vgpu, new Tally(now.starts, now.resets, now.clients + 1, now.faults));
            case "channel-fault" -> addFault(event, vgpu, now);
            case "vgpu-deleted" -> byVgpu.remove(vgpu);
            default -> {}
        }
    }

    private void addFault(NodeEvent event, String vgpu, Tally now) {
        int xid = number(event.details().get("xid"));
        Map<Integer, Long> faults = new TreeMap<>(now.faults);
        if (faults.size() < MAX_XIDS || faults.containsKey(xid)) {
            // Those that came too fast to be told one by one are most likely of the same kind.
            faults.merge(xid, 1L + number(event.details().get("untold")), Long::sum);
            byVgpu.put(vgpu, new Tally(now.starts, now.resets, now.clients, Map.copyOf(faults)));
        }
        if (event.gpu() != null) {
            lastXidByGpu.put(event.gpu(), xid);
        }
    }

    private static int number(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
    }

    synchronized Tally of(String vgpu) {
        return byVgpu.getOrDefault(vgpu, Tally.NONE);
    }

    /** The last error of a GPU's vGPUs, or 0. */
    synchronized int lastXid(String gpu) {
        return lastXidByGpu.getOrDefault(gpu, 0);
    }
}
