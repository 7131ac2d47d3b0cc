// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.nio.file.Path;

/**
 * A PCI device that another process serves over vfio-user.
 *
 * @param id QEMU's name for it: letters, digits, dashes
 * @param socket the server's Unix socket
 * @param slot the PCI slot on the root bus, 2 to 30
 */
public record VfioUserDevice(String id, Path socket, int slot) {
    public VfioUserDevice {
        if (!id.matches("[A-Za-z][A-Za-z0-9-]{0,31}")) {
            throw new IllegalArgumentException(
                    "'" + id + "' is not a device name: letters, digits and dashes, please.");
        }
        if (slot < 2 || slot > 30) {
            throw new IllegalArgumentException("slot " + slot + " is not free on a q35 machine; 2 to 30 are.");
        }
        socket = socket.toAbsolutePath();
    }
}
