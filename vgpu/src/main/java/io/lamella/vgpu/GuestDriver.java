// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

/** What became of the driver in a vGPU's guest, as its firmware task sees it. */
public enum GuestDriver {
    /** It started the guest's firmware. */
    LOADED,
    /** It said good-bye: unloaded, suspended or the guest switched off. */
    UNLOADED,
    /** It is gone without a word: the guest crashed, was reset, or its VM ended. */
    LOST,
    /** What it said made no sense, and the firmware no longer serves it. A driver that loads again is served again. */
    CRASHED
}
