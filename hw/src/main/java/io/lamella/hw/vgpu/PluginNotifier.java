// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.vgpu;

import java.util.Optional;

/** What a vGPU's plugin tells of its own accord (notifiers of class 0xa084, the host's view of a vGPU). The same in each release. */
public enum PluginNotifier {
    TASK_BOOTLOADED(0),
    TASK_UNLOADED(1),
    /** It no longer serves the guest's driver. */
    TASK_CRASHED(2),
    /** The guest's driver has started the guest's firmware. */
    GUEST_DRIVER_LOADED(3),
    /** The guest's driver said good-bye. */
    GUEST_DRIVER_UNLOADED(4),
    PRINT_ERROR_MESSAGE(5),
    GUEST_LICENSE_STATE_CHANGED(6);

    private final int index;

    PluginNotifier(int index) {
        this.index = index;
    }

    /** Its number in a message. */
    public int index() {
        return index;
    }

    /** The notifier of a number. */
    public static Optional<PluginNotifier> of(int index) {
        for (PluginNotifier notifier : values()) {
            if (notifier.index == index) {
                return Optional.of(notifier);
            }
        }
        return Optional.empty();
    }
}
