// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import java.nio.file.Path;

/**
 * Unpacked packages.
 *
 * @param key a name that stands for exactly this content
 * @param root the folder that plays the root directory
 */
public record PackageTree(String key, Path root) {
    /** A path below the root, given without the leading slash. */
    public Path path(String relative) {
        return root.resolve(relative);
    }
}
