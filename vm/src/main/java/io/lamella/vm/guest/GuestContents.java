// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
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
    /** A list that the init script loads one by one. */
    private static final String MODULES_AT_START = "etc/modules";

    private static final List<String> VIRTIO = List.of("virtio_blk", "virtio_net", "ext4");

    /** A guest that can load nouveau with these firmware files. */
    public static GuestContents nouveau(Map<String, byte[]> firmware) {
        return of(Driver.NOUVEAU, firmware);
    }

    /** A guest that can load a driver with these firmware files. A kernel without modules is taken to have it built in. */
    public static GuestContents of(Driver driver, Map<String, byte[]> firmware) {
        return new GuestContents(driver.modules(), firmware, Map.of());
    }

    /** The same guest, which also finds virtio disks and a virtio network card when it starts, and can mount ext4. */
    public GuestContents withDisksAndNetwork() {
        List<String> all = new ArrayList<>(modules);
        all.addAll(VIRTIO);
        Map<String, byte[]> more = new HashMap<>(files);
        more.put(MODULES_AT_START, (String.join("\n", VIRTIO) + "\n").getBytes(StandardCharsets.US_ASCII));
        return new GuestContents(all, firmware, more);
    }
}
