// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** What a client may do. It asks for a set when it attaches; a call outside of the set it got is refused. */
public enum CoreCapability {
    /** RM clients, objects, controls. */
    GSP_CLIENT,
    /** Ranges of the frame buffer, and scrubbing them. */
    FB_MEMORY,
    /** Mappings of frame buffer into BAR1. */
    BAR1_MAPPING,
    /** Ranges of channel ids. */
    CHANNEL_IDS,
    /** Switching virtual functions on and off. */
    SR_IOV,
    /** Ringing the doorbell by which the host calls a virtual function's firmware task. */
    VF_DOORBELL,
    /** System memory that the GPU reaches. Since version 1.2 of the interface. */
    HOST_MEMORY,
    /** GPU virtual address spaces. Since version 1.2 of the interface. */
    ADDRESS_SPACES,
    /** Channels of the physical function. Since version 1.2 of the interface. */
    CHANNELS
}
