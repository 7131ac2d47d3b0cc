// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

/** What can be done with a virtual function and its vGPU. */
public enum VgpuVerb {
    /** Give an empty virtual function a type and a placement. */
    ASSIGN,
    /** Take the parts and start the firmware task. */
    START,
    /** Stop the firmware task, clear the memory and give the parts back. The type stays. */
    STOP,
    /** Set the firmware task back and clear the memory. */
    RESET,
    /** Take the type away again. */
    RELEASE,
    /** Repeat the clean-up of what is in quarantine, on purpose. */
    CLEAR
}
