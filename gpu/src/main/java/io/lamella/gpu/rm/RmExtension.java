// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

/** What the firmware of one function can do beyond what every function's can: the physical function's vGPU plugin. */
public interface RmExtension extends AutoCloseable {
    /** Adds its controls to a resource manager that starts. On the function's tasks. */
    void addControls(RmSystem system, ControlTable table);

    /** The host rang the doorbell of a vGPU. On the serving thread: may not wait. */
    void hostDoorbell(int value);

    /** The firmware is gone: unloaded, halted, or the function was reset. May come at any time and often; may not wait. */
    void stopped();

    /** The function is gone. */
    @Override
    void close();
}
