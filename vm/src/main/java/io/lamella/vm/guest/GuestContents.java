// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.util.List;
import java.util.Map;

/**
 * What goes into a guest besides its kernel.
 *
 * @param modules the modules that it can load; their dependencies come along
 * @param firmware files below /lib/firmware, by relative name such as "nvidia/ad102/gsp/gsp-570.144.bin"
 * @param files further files, by name without the leading slash; they are executable
 */
public record GuestContents(List<String> modules, Map<String, byte[]> firmware, Map<String, byte[]> files) {
    /** A guest that can load nouveau with these firmware files. */
    public static GuestContents nouveau(Map<String, byte[]> firmware) {
        return new GuestContents(List.of("nouveau"), firmware, Map.of());
    }
}
