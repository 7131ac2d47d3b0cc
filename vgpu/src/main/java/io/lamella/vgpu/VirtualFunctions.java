// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.CoreSession;
import io.lamella.vgpu.VgpuException.Reason;

/**
 * Switches virtual functions on and off: on demand, with the first vGPU that starts and after the last, or as many as somebody wants,
 * for good. SR-IOV does not allow to change their number while any is enabled, so on demand means all at once; one without a type owns
 * nothing and costs next to nothing.
 */
final class VirtualFunctions {
    private final CoreSession session;
    private int wanted = VgpuManager.ON_DEMAND;
    private int users;

    VirtualFunctions(CoreSession session) {
        this.session = session;
    }

    /** How many are wanted, or {@link VgpuManager#ON_DEMAND}. */
    synchronized int wanted() {
        return wanted;
    }

    /** How many vGPUs can have one. */
    synchronized int usable() {
        return wanted == VgpuManager.ON_DEMAND ? session.gpu().totalVirtualFunctions() : wanted;
    }

    synchronized void want(int count) {
        int total = session.gpu().totalVirtualFunctions();
        if (count < VgpuManager.ON_DEMAND || count > total) {
            throw new VgpuException(
                    Reason.NO_VIRTUAL_FUNCTION,
                    count + " virtual functions cannot be enabled; the GPU has " + total + ", and "
                            + VgpuManager.ON_DEMAND + " stands for on demand.");
        }
        boolean onDemand = count == VgpuManager.ON_DEMAND;
        int enabled = session.enabledVirtualFunctions();
        int target = onDemand ? (users == 0 ? 0 : enabled) : count;
        if (target != enabled && users > 0) {
            throw new VgpuException(
                    Reason.VIRTUAL_FUNCTIONS_IN_USE,
                    "The number of virtual functions is " + enabled + " and cannot become " + count + " while "
                            + users + (users == 1 ? " vGPU has" : " vGPUs have")
                            + " one: SR-IOV can only switch all off and then some on. Stop the vGPUs first.");
        }
        if (target != enabled) {
            enable(0);
            if (target > 0) {
                enable(target);
            }
        }
        wanted = count;
    }

    synchronized void use(int index) {
        if (users == 0 && wanted == VgpuManager.ON_DEMAND && session.enabledVirtualFunctions() == 0) {
            enable(session.gpu().totalVirtualFunctions());
        }
        int enabled = session.enabledVirtualFunctions();
        if (index >= enabled) {
            throw new VgpuException(
                    Reason.NO_VIRTUAL_FUNCTION,
                    "Virtual function " + index + " is not enabled, only the first " + enabled
                            + " are. Enable more while no vGPU runs, or take another function.");
        }
        users++;
    }

    private void enable(int count) {
        try {
            session.setVirtualFunctions(count);
        } catch (RuntimeException e) {
            try {
                session.setVirtualFunctions(0);
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    synchronized void leave() {
        if (users == 1 && wanted == VgpuManager.ON_DEMAND) {
            session.setVirtualFunctions(0);
        }
        users--;
    }
}
