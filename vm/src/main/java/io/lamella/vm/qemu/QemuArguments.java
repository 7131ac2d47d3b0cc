// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.util.ArrayList;
import java.util.List;

/** What a QEMU command of the user's own needs so that vGPUs work in its guest. */
public final class QemuArguments {
    private QemuArguments() {}

    /**
     * The arguments: guest memory that the vGPUs' server can map, and one device each.
     *
     * @param memoryMib the guest's memory, which replaces an existing {@code -m}
     */
    public static List<String> of(List<VfioUserDevice> devices, int memoryMib) {
        List<String> words = new ArrayList<>(List.of(
                "-m",
                memoryMib + "M",
                "-object",
                "memory-backend-memfd,id=lamella-memory,share=on,size=" + memoryMib + "M",
                "-machine",
                "memory-backend=lamella-memory"));
        devices.forEach(device -> words.addAll(List.of("-device", CommandLine.json(device))));
        return words;
    }

    /** The same for people: one option and its value a line, in quotes where a shell needs them. */
    public static String text(List<VfioUserDevice> devices, int memoryMib) {
        List<String> words = of(devices, memoryMib);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words.size(); i += 2) {
            text.append(words.get(i))
                    .append(' ')
                    .append(ShellText.quoted(words.get(i + 1)))
                    .append(i + 2 < words.size() ? " \\\n" : "\n");
        }
        return text.toString();
    }
}
