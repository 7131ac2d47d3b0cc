// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

/** One package in exactly one version. */
public record PinnedPackage(String name, String version) {
    @Override
    public String toString() {
        return name + "=" + version;
    }
}
