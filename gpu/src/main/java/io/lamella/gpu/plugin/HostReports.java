// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.gpu.gsp.GspObserver;
import io.lamella.gpu.gsp.GspStatus;
import io.lamella.gpu.host.FaultReport;
import io.lamella.gpu.port.FunctionTasks;
import io.lamella.gpu.rm.FaultMessages;
import io.lamella.gpu.rm.RmSystem;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.vgpu.PluginNotifier;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Tells the host's driver, through the physical function's queue, what happens in a vGPU's guest. Seen on the guest's threads, told on the
 * physical function's tasks. At most {@link #MAX_WAITING} errors of a vGPU's channels wait; further ones are counted, and the next one that is
 * told says how many. Of the driver's coming and going the last is told.
 */
final class HostReports implements GspObserver {
    static final int MAX_WAITING = 8;

    private final RmSystem system;
    private final FunctionTasks tasks;
    private final BootRequest request;
    // Guarded by this.
    private final ArrayDeque<Runnable> faults = new ArrayDeque<>();
    private @Nullable PluginNotifier notifier;
    private long untold;
    private boolean queued;
    private boolean over;

    /**
     * Makes it.
     *
     * @param system the host's resource manager, which booted the vGPU
     * @param tasks the physical function's
     * @param request what the vGPU was booted with
     */
    HostReports(RmSystem system, FunctionTasks tasks, BootRequest request) {
        this.system = system;
        this.tasks = tasks;
        this.request = request;
    }

    /** The vGPU stops: nothing is told any more. */
    synchronized void end() {
        over = true;
        faults.clear();
        notifier = null;
    }

    @Override
    public synchronized void stateChanged(GspStatus.State state) {
        PluginNotifier told = switch (state) {
            case RUNNING -> PluginNotifier.GUEST_DRIVER_LOADED;
            case UNLOADED, SUSPENDED -> PluginNotifier.GUEST_DRIVER_UNLOADED;
            case HALTED -> PluginNotifier.TASK_CRASHED;
            case OFF, STARTING -> null;
        };
        if (told != null && !over) {
            notifier = told;
            queue();
        }
    }

    @Override
    public synchronized void channelStopped(FaultReport report) {
        if (over) {
            return;
        }
        if (faults.size() == MAX_WAITING) {
            untold++;
            return;
        }
        String text = report.sentence()
                + (untold == 0 ? "" : " (" + untold + " errors before this one were too many to tell.)");
        untold = 0;
        faults.addLast(() -> send(report, text));
        queue();
    }

    private void queue() {
        if (!queued) {
            try {
                tasks.execute(this::tell);
                queued = true;
            } catch (RejectedExecutionException e) {
                // The host has more than enough to do; it learns the number with what comes next.
                untold += faults.size();
                faults.clear();
            }
        }
    }

    /** On the physical function's tasks. */
    private void tell() {
        for (Runnable next = next(); next != null; next = next()) {
            next.run();
        }
    }

    /** Errors come before the good-bye of the driver that made them. */
    private synchronized @Nullable Runnable next() {
        Runnable fault = faults.pollFirst();
        if (fault != null) {
            return fault;
        }
        PluginNotifier change = notifier;
        notifier = null;
        queued = change != null;
        return change == null ? null : () -> send(change);
    }

    private void send(FaultReport report, String text) {
        int channel = request.boardChannel(report.runlist().engineType(), report.channelId());
        FaultMessages.send(system.abi(), system.events(), report, request.gfid(), channel, text);
    }

    private void send(PluginNotifier change) {
        Struct layout = system.abi().payload(GspEvent.VGPU_GSP_PLUGIN_TRIGGERED).orElseThrow();
        MemorySegment message = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u32("gfid").set(message, 0, request.gfid());
        layout.u32("notifyIndex").set(message, 0, change.index());
        system.events().send(GspEvent.VGPU_GSP_PLUGIN_TRIGGERED, message);
    }
}
