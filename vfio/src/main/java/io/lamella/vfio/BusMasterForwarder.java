// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import io.lamella.vgpu.VgpuException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/**
 * Carries the guest's bus-master bit to the vGPU's firmware task. The guest's write must not wait for that, so a virtual thread does
 * it, which is there only while there is something to carry. Changes that come meanwhile are carried together: the task hears of the
 * last one.
 */
final class BusMasterForwarder {
    private static final Logger LOG = System.getLogger(BusMasterForwarder.class.getName());

    private final String name;
    private final Consumer<Boolean> target;
    private boolean wanted;
    private boolean told;
    private boolean running;
    private boolean forgetting;

    /**
     * @param name of the thread
     * @param target told of the bit; may wait, with a limit, and may throw {@link VgpuException}
     */
    BusMasterForwarder(String name, Consumer<Boolean> target) {
        this.name = name;
        this.target = target;
    }

    /** The bit changed. Does not wait. */
    synchronized void set(boolean enabled) {
        wanted = enabled;
        if (!running && wanted != told) {
            running = true;
            Thread.ofVirtual().name(name).start(this::carry);
        }
    }

    /** The firmware task was set back, which cleared what it knew. Returns when nothing is being carried any more. */
    synchronized void forget() {
        forgetting = true;
        boolean interrupted = false;
        while (running) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        forgetting = false;
        wanted = false;
        told = false;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void carry() {
        while (true) {
            boolean next;
            synchronized (this) {
                if (wanted == told || forgetting) {
                    running = false;
                    notifyAll();
                    return;
                }
                next = wanted;
            }
            try {
                target.accept(next);
            } catch (VgpuException e) {
                if (e.reason() != VgpuException.Reason.GPU_GONE) {
                    LOG.log(Level.WARNING, e.getMessage());
                }
            }
            synchronized (this) {
                told = next;
            }
        }
    }
}
