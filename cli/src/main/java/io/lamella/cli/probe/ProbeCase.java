// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.probe;

import java.util.List;

/**
 * One thing to find out: whether a driver comes up on a GPU.
 *
 * @param chip such as {@code AD102}
 * @param on a virtual GPU ({@code "vgpu"}) or a physical function, whole ({@code "pf"})
 * @param gpu what the guest gets, such as {@code L40-8Q} or {@code NVIDIA L40}
 * @param kernel the guest's, as uname prints it
 * @param driver its name in commands, such as {@code nouveau}
 * @param modules to load, in this order
 */
public record ProbeCase(String chip, String on, String gpu, String kernel, String driver, List<String> modules) {
    public ProbeCase {
        modules = List.copyOf(modules);
    }

    /** In a few words, such as {@code AD102 vgpu}. */
    public String name() {
        return chip + " " + on;
    }
}
