// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Messages that a driver sends. */
public enum GspFunction {
    /** Nothing. */
    NOP(0, ""),
    /** A driver in a virtual machine says which version it speaks. */
    SET_GUEST_SYSTEM_INFO(1, ""),
    /** Describes memory page by page. */
    ALLOC_MEMORY(4, "rpc_alloc_memory_v13_01"),
    /** Frees an object and what is below it. */
    FREE(10, "rpc_free_v03_00"),
    /** Makes a second handle for an object. */
    DUP_OBJECT(21, ""),
    /** The driver is about to leave or to sleep. */
    UNLOADING_GUEST_DRIVER(47, "rpc_unloading_guest_driver_v1F_07"),
    /** What the GPU has. */
    GET_GSP_STATIC_INFO(65, "GspStaticConfigInfo_t"),
    /** First entry of the page directory of BAR1 or BAR2. */
    UPDATE_BAR_PDE(70, "rpc_update_bar_pde_v15_00"),
    /** More of the message before it. */
    CONTINUATION_RECORD(71, ""),
    /** What the host has. Never answered. */
    GSP_SET_SYSTEM_INFO(72, "GspSystemInfo"),
    /** Settings by name. Never answered. */
    SET_REGISTRY(73, "PACKED_REGISTRY_TABLE"),
    /** A control; see {@link RmControl}. */
    GSP_RM_CONTROL(76, "rpc_gsp_rm_control_v03_00"),
    /** Allocates an object; see {@link RmClass}. */
    GSP_RM_ALLOC(103, "rpc_gsp_rm_alloc_v03_00"),
    /** Drops translations. */
    INVALIDATE_TLB(200, ""),
    /** A control with the caller's parameters as they are. */
    RM_API_CONTROL(204, "");

    private static final Map<Integer, GspFunction> BY_NUMBER = new HashMap<>();

    static {
        for (GspFunction value : values()) {
            BY_NUMBER.put(value.number, value);
        }
    }

    private final int number;
    private final String payload;

    GspFunction(int number, String payload) {
        this.number = number;
        this.payload = payload;
    }

    /** Number in the message header, the same in each release. */
    public int number() {
        return number;
    }

    /** Name of the payload's structure, empty if there is none. */
    String payload() {
        return payload;
    }

    /** The one of that number, if it is known. */
    public static Optional<GspFunction> of(int number) {
        return Optional.ofNullable(BY_NUMBER.get(number));
    }
}
