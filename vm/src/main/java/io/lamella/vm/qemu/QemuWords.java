// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says what QEMU meant, for the failures that users cause most; QEMU's own words follow. */
final class QemuWords {
    private static final Pattern LOCKED = Pattern.compile(
            "Failed to get (?:\"(\\w+)\"|shared \"(\\w+)\") lock[\\s\\S]*?Is another process using the image \\[([^\\]]+)]");
    private static final Pattern NO_SERVER =
            Pattern.compile("Failed to connect to '(/[^'\\n]+)': (?:No such file|Connection refused)");
    private static final Pattern NO_MEMORY = Pattern.compile("cannot set up guest memory|Cannot allocate memory");

    private QemuWords() {}

    /** A sentence of advice that ends in a space, or nothing. */
    static String explain(String said) {
        Matcher locked = LOCKED.matcher(said);
        if (locked.find()) {
            return "Another process, probably another VM, uses the disk image " + locked.group(3)
                    + ". End it first; to use one image in several VMs attach it with ,readonly in all of them. ";
        }
        Matcher server = NO_SERVER.matcher(said);
        if (server.find()) {
            return "Nobody serves a vGPU at " + server.group(1) + ": start it first, or check the path. ";
        }
        if (NO_MEMORY.matcher(said).find()) {
            return "The host has not enough memory for this guest: give it less with --memory, or end other programs. ";
        }
        if (said.contains("Permission denied")) {
            return "QEMU may not use one of the files named below: change its owner or mode. ";
        }
        return "";
    }
}
