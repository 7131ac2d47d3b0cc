// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * Who attaches. Appears in leak reports, in the listing of sessions and in refusals.
 *
 * @param name such as {@code vgpu} or {@code drm}; 1 to 64 printable characters
 * @param driverVersion the client's own version, free text of up to 64 printable characters
 */
public record ClientIdentity(String name, String driverVersion) {
    private static final int LONGEST = 64;

    public ClientIdentity {
        if (name.isEmpty() || !isPrintable(name) || !isPrintable(driverVersion)) {
            throw new IllegalArgumentException(
                    "A client's name takes 1 to 64 printable characters and its version up to 64.");
        }
    }

    private static boolean isPrintable(String text) {
        return text.length() <= LONGEST && text.chars().noneMatch(Character::isISOControl);
    }

    @Override
    public String toString() {
        return driverVersion.isEmpty() ? name : name + " " + driverVersion;
    }
}
