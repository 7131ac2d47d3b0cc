// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.CoreSession;

/**
 * Switches virtual functions on with the first vGPU and off after the last. SR-IOV does not allow to change their number while any is
 * enabled, so all are enabled at once; one without a type owns nothing and costs next to nothing.
 */
final class VirtualFunctions {
    private final CoreSession session;
    private int users;

    VirtualFunctions(CoreSession session) {
        this.session = session;
    }

    synchronized void use() {
        if (users == 0 && session.enabledVirtualFunctions() == 0) {
            enable();
        }
        users++;
    }

    private void enable() {
        try {
            session.setVirtualFunctions(session.gpu().totalVirtualFunctions());
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
        if (users == 1) {
            session.setVirtualFunctions(0);
        }
        users--;
    }
}
