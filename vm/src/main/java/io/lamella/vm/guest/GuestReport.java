// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the guest's kernel log says of nouveau.
 *
 * @param devices the GPUs it met, by PCI address
 * @param problems every line that tells of a failure, in order
 * @param expected lines that tell of a failure only because something is not there yet; {@link #NOT_YET} says what
 */
public record GuestReport(List<Device> devices, List<String> problems, List<String> expected) {
    /**
     * One GPU in the guest's log.
     *
     * @param pciAddress such as "0000:00:04.0"
     * @param chip such as "AD102", or null when the driver did not get that far
     * @param bootId the chip's identity register, in hex, or null
     * @param firmwareRelease what the GSP runs, such as "570.144", or null
     * @param vramMib the VRAM that the driver uses, or -1
     * @param initialized whether the driver said that it is up
     */
    public record Device(
            String pciAddress,
            @Nullable String chip,
            @Nullable String bootId,
            @Nullable String firmwareRelease,
            long vramMib,
            boolean initialized) {}

    /** A kind of line that is expected until a later step of the project, with the reason. */
    public record NotYet(Pattern line, String reason) {}

    /** The whole list of lines that do not count as problems. Each goes when its reason does. */
    public static final List<NotYet> NOT_YET = List.of();

    private static final Pattern TIMESTAMP = Pattern.compile("^(?:<\\d+>)?\\[\\s*\\d+\\.\\d+] ?");
    private static final Pattern NOUVEAU = Pattern.compile("^nouveau (\\S+?): (.*)$");
    private static final Pattern CHIP = Pattern.compile("NVIDIA (\\S+) \\(([0-9a-f]{1,8})\\).*");
    private static final Pattern FIRMWARE = Pattern.compile("gsp: RM version: (\\S{1,32}).*");
    private static final Pattern VRAM = Pattern.compile("drm: VRAM: (\\d{1,9}) MiB.*");
    private static final Pattern INITIALIZED =
            Pattern.compile("^\\[drm] Initialized nouveau \\S+(?: \\d+)? for (\\S+) on.*");

    /** Words that nouveau, DRM and the firmware loader only use when something went wrong. */
    private static final Pattern BAD_WORDS = Pattern.compile(
            "fail|error|timeout|timed out|unable|invalid|unexpected|unknown|not found|fault|stuck|corrupt|mbox|\\bbug\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern GPU_LINE = Pattern.compile("^(nouveau|\\[drm|drm)|nouveau|nvkm|nvif");
    private static final Pattern KERNEL_TROUBLE = Pattern.compile(
            "^(WARNING:|BUG:|Oops|general protection|kernel BUG|Kernel panic|INFO: task .* blocked|INFO: rcu)"
                    + "|soft lockup|self-detected stall|------------\\[ cut here ]|Unable to handle kernel");

    /** Reads a kernel log, one line per entry, with or without time stamps. */
    public static GuestReport parse(List<String> dmesg) {
        Map<String, Device> devices = new TreeMap<>();
        List<String> problems = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (String raw : dmesg) {
            String line = TIMESTAMP.matcher(raw.strip()).replaceFirst("");
            readDevice(line, devices);
            boolean trouble = KERNEL_TROUBLE.matcher(line).find()
                    || (GPU_LINE.matcher(line).find() && BAD_WORDS.matcher(line).find());
            if (trouble) {
                boolean known =
                        NOT_YET.stream().anyMatch(one -> one.line.matcher(line).find());
                (known ? expected : problems).add(line);
            }
        }
        return new GuestReport(List.copyOf(devices.values()), List.copyOf(problems), List.copyOf(expected));
    }

    private static void readDevice(String line, Map<String, Device> devices) {
        Matcher initialized = INITIALIZED.matcher(line);
        if (initialized.matches()) {
            Device old = device(devices, initialized.group(1));
            devices.put(
                    old.pciAddress,
                    new Device(old.pciAddress, old.chip, old.bootId, old.firmwareRelease, old.vramMib, true));
            return;
        }
        Matcher nouveau = NOUVEAU.matcher(line);
        if (!nouveau.matches()) {
            return;
        }
        Device old = device(devices, nouveau.group(1));
        String message = nouveau.group(2);
        Matcher chip = CHIP.matcher(message);
        Matcher firmware = FIRMWARE.matcher(message);
        Matcher vram = VRAM.matcher(message);
        Device now = old;
        if (chip.matches()) {
            now = new Device(old.pciAddress, chip.group(1), chip.group(2), null, -1, false);
        } else if (firmware.matches()) {
            now = new Device(old.pciAddress, old.chip, old.bootId, firmware.group(1), old.vramMib, old.initialized);
        } else if (vram.matches()) {
            long mib = Long.parseLong(vram.group(1));
            now = new Device(old.pciAddress, old.chip, old.bootId, old.firmwareRelease, mib, old.initialized);
        }
        devices.put(now.pciAddress, now);
    }

    private static Device device(Map<String, Device> devices, String pciAddress) {
        return devices.getOrDefault(pciAddress, new Device(pciAddress, null, null, null, -1, false));
    }
}
