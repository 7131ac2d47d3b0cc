// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.util.List;

/**
 * A kernel that Debian offers today.
 *
 * @param series the first two numbers of its version, such as "6.12"
 * @param version all of them, such as "6.12.107"
 * @param packageName the package that brings it in, such as "linux-image-6.12.107+deb13-amd64"
 * @param packageVersion that package's version
 * @param suites where it is listed, such as "trixie-backports"; at least one
 */
public record DebianKernel(
        String series, String version, String packageName, String packageVersion, List<String> suites) {
    public DebianKernel {
        suites = List.copyOf(suites);
    }
}
