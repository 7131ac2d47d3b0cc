// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Classes of objects that a driver allocates in the resource manager. {@link GspAbi#allocation} has their parameters. */
public enum RmClass {
    /** A client: the root of a tree of objects. */
    ROOT(0x0000, "NV0000_ALLOC_PARAMETERS"),

    /** An event. */
    EVENT(0x0005, "NV0005_ALLOC_PARAMETERS"),

    /** What all displays share. */
    DISPLAY_COMMON(0x0073, ""),

    /** An event that a driver is called for. */
    EVENT_KERNEL_CALLBACK(0x007e, "NV0005_ALLOC_PARAMETERS"),

    /** A device. */
    DEVICE(0x0080, "NV0080_ALLOC_PARAMETERS"),

    /** One GPU of a device. */
    SUBDEVICE(0x2080, "NV2080_ALLOC_PARAMETERS"),

    /** An address space. */
    VASPACE(0x90f1, "NV_VASPACE_ALLOCATION_PARAMETERS"),

    /** The page with the doorbell, as Volta has it. */
    VOLTA_USERMODE(0xc361, ""),

    /** The page with the doorbell, as Turing has it. */
    TURING_USERMODE(0xc461, ""),

    /** The page with the doorbell, as Ampere has it. */
    AMPERE_USERMODE(0xc561, ""),

    /** A channel, as Ampere and Ada have it. */
    AMPERE_CHANNEL(0xc56f, "NV_CHANNEL_ALLOC_PARAMS"),

    /** A group of channels. */
    CHANNEL_GROUP(0xa06c, ""),

    /** A copy engine, as Ada has it. */
    AMPERE_COPY(0xc7b5, "NVC0B5_ALLOCATION_PARAMETERS"),

    /** The page with the doorbell, as Blackwell has it. */
    BLACKWELL_USERMODE(0xc761, ""),

    /** A channel, as GB20x has it. */
    BLACKWELL_CHANNEL(0xca6f, "NV_CHANNEL_ALLOC_PARAMS"),

    /** A copy engine, as GB20x has it. */
    BLACKWELL_COPY(0xcab5, "NVC0B5_ALLOCATION_PARAMETERS"),

    /** Graphics of GB20x. */
    BLACKWELL_3D(0xce97, ""),

    /** Compute of GB20x. */
    BLACKWELL_COMPUTE(0xcec0, ""),

    /** The display engine of GB20x. */
    BLACKWELL_DISPLAY(0xca70, ""),

    /** What the display engine of GB20x can do. */
    BLACKWELL_DISPLAY_CAPS(0xca73, ""),

    /** Core channel of GB20x's display. */
    BLACKWELL_CORE_CHANNEL(0xca7d, "NV50VAIO_CHANNELDMA_ALLOCATION_PARAMETERS"),

    /** Window channel of GB20x's display. */
    BLACKWELL_WINDOW_CHANNEL(0xca7e, "NV50VAIO_CHANNELDMA_ALLOCATION_PARAMETERS"),

    /** Window-immediate channel of GB20x's display. */
    BLACKWELL_IMMEDIATE_CHANNEL(0xca7b, "NV50VAIO_CHANNELDMA_ALLOCATION_PARAMETERS"),

    /** Cursor channel of GB20x's display. */
    BLACKWELL_CURSOR_CHANNEL(0xca7a, "NV50VAIO_CHANNELPIO_ALLOCATION_PARAMETERS"),

    /** Graphics of Ada. */
    ADA_3D(0xc997, ""),

    /** Compute of Ada. */
    ADA_COMPUTE(0xc9c0, ""),

    /** The display engine of Ada. */
    ADA_DISPLAY(0xc770, ""),

    /** What the display engine can do. */
    DISPLAY_CAPS(0xc373, ""),

    /** Core channel of the display. */
    ADA_CORE_CHANNEL(0xc77d, "NV50VAIO_CHANNELDMA_ALLOCATION_PARAMETERS"),

    /** Window channel of the display. */
    AMPERE_WINDOW_CHANNEL(0xc67e, "NV50VAIO_CHANNELDMA_ALLOCATION_PARAMETERS"),

    /** Window-immediate channel of the display. */
    AMPERE_IMMEDIATE_CHANNEL(0xc67b, "NV50VAIO_CHANNELDMA_ALLOCATION_PARAMETERS"),

    /** Cursor channel of the display. */
    AMPERE_CURSOR_CHANNEL(0xc67a, "NV50VAIO_CHANNELPIO_ALLOCATION_PARAMETERS");

    private static final Map<Integer, RmClass> BY_NUMBER = new HashMap<>();

    static {
        for (RmClass value : values()) {
            BY_NUMBER.put(value.number, value);
        }
    }

    private final int number;
    private final String params;

    RmClass(int number, String params) {
        this.number = number;
        this.params = params;
    }

    /** NVIDIA's number, the same in each release. */
    public int number() {
        return number;
    }

    /** Name of the parameters' structure, empty if there are none. */
    String params() {
        return params;
    }

    /** The class of that number, if it is one of these. */
    public static Optional<RmClass> of(int number) {
        return Optional.ofNullable(BY_NUMBER.get(number));
    }
}
