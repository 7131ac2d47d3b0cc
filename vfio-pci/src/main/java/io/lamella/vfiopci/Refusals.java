// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import io.lamella.linux.DeviceFile;
import io.lamella.linux.Errno;
import io.lamella.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Sentences for what the kernel refuses. */
final class Refusals {
    private Refusals() {}

    /** Opens a device's file, or says why not. */
    static DeviceFile open(Path file, HostDevice device) {
        try {
            return DeviceFile.open(file);
        } catch (LinuxException e) {
            String words = e.is(Errno.EACCES) || e.is(Errno.EPERM)
                    ? "this user may not open " + file + ". As root:  chown " + System.getProperty("user.name") + " "
                            + file + "   (for good: a udev rule for the subsystem vfio with OWNER= or GROUP=)."
                    : e.is(Errno.EBUSY)
                            ? "another process has " + file + " open. fuser -v " + file + " names it."
                            : e.getMessage();
            throw new DeviceRefusedException(device.describe() + " cannot be opened: " + words, e);
        }
    }

    /** The result of a call, or a refusal that begins like this. */
    static int check(int result, HostDevice device, String what) {
        if (result < 0) {
            throw new DeviceRefusedException(device.describe() + ": " + what + ": " + Errno.describe(-result) + ".");
        }
        return result;
    }

    /** Memory that cannot be pinned and mapped. */
    static DeviceRefusedException pinning(HostDevice device, long sizeBytes, int errno) {
        String words = errno == Errno.ENOMEM.number()
                ? ": it has to be locked, and the limit of locked memory is " + lockedMemoryLimit()
                        + ". Raise it:  ulimit -l unlimited   (a systemd unit: LimitMEMLOCK=infinity), or the host is out of"
                        + " memory."
                : ": " + Errno.describe(errno) + ".";
        return new DeviceRefusedException(
                device.describe() + " cannot be given " + sizeBytes + " bytes of memory" + words);
    }

    private static String lockedMemoryLimit() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
            return lines.filter(line -> line.startsWith("Max locked memory"))
                    .map(line -> line.split("\\s{2,}"))
                    .filter(words -> words.length > 1)
                    .map(words -> words[1].equals("unlimited") ? "none" : words[1] + " bytes")
                    .findFirst()
                    .orElse("not known");
        } catch (IOException e) {
            return "not known";
        }
    }
}
