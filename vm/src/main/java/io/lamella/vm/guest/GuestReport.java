// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the guest's kernel log says of its GPUs' driver, nouveau or nova.
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
     * @param boardName what the GSP calls the board, such as "NVIDIA L40", or null; nouveau does not print it
     */
    public record Device(
            String pciAddress,
            @Nullable String chip,
            @Nullable String bootId,
            @Nullable String firmwareRelease,
            long vramMib,
            boolean initialized,
            @Nullable String boardName) {
        private Device withFirmware(String release) {
            return new Device(pciAddress, chip, bootId, release, vramMib, initialized, boardName);
        }

        private Device withVram(long mib) {
            return new Device(pciAddress, chip, bootId, firmwareRelease, mib, initialized, boardName);
        }

        private Device withBoardName(String name) {
            return new Device(pciAddress, chip, bootId, firmwareRelease, vramMib, initialized, name);
        }

        private Device up() {
            return new Device(pciAddress, chip, bootId, firmwareRelease, vramMib, true, boardName);
        }
    }

    /** A kind of line that is expected until a later step of the project, with the reason. */
    public record NotYet(Pattern line, String reason) {}

    /** The whole list of lines that do not count as problems. Each goes when its reason does. */
    public static final List<NotYet> NOT_YET = List.of();

    private static final Pattern TIMESTAMP = Pattern.compile("^(?:<\\d+>)?\\[\\s*\\d+\\.\\d+] ?");
    private static final Pattern LEVEL = Pattern.compile("^<(\\d{1,4})>");
    private static final Pattern NOUVEAU = Pattern.compile("^nouveau (\\S+?): (.*)$");
    private static final Pattern NOVA = Pattern.compile("^nova[-_]core (\\S+?): (.*)$");
    private static final Pattern CHIP = Pattern.compile("NVIDIA (\\S+) \\(([0-9a-f]{1,8})\\).*");
    private static final Pattern NOVA_CHIP = Pattern.compile("NVIDIA \\(Chipset: (\\w{1,16}), .*");
    private static final Pattern BOARD_NAME = Pattern.compile("GPU name: (.{1,64})");
    private static final Pattern FIRMWARE = Pattern.compile("gsp: RM version: (\\S{1,32}).*");
    private static final Pattern VRAM = Pattern.compile("drm: VRAM: (\\d{1,9}) MiB.*");
    private static final Pattern INITIALIZED =
            Pattern.compile("^\\[drm] Initialized nouveau \\S+(?: \\d+)? for (\\S+) on.*");

    /** nova's DRM device is a child of the GPU's; its name does not say of which. */
    private static final Pattern NOVA_INITIALIZED =
            Pattern.compile("^\\[drm] Initialized nova-drm \\S+ for nova[-_]core\\.nova-drm\\.\\d+ on.*");

    /** Warnings and what is worse, as the kernel numbers its messages; the facility is in the bits above. */
    private static final int WORST_GOOD_LEVEL = 5;

    /** Words that nouveau, DRM and the firmware loader only use when something went wrong. */
    private static final Pattern BAD_WORDS = Pattern.compile(
            "fail|error|timeout|timed out|unable|invalid|unexpected|unknown|not found|fault|stuck|corrupt|mbox|\\bbug\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern KERNEL_TROUBLE = Pattern.compile(
            "^(WARNING:|BUG:|Oops|general protection|kernel BUG|Kernel panic|INFO: task .* blocked|INFO: rcu)"
                    + "|soft lockup|self-detected stall|------------\\[ cut here ]|Unable to handle kernel");

    /**
     * Reads a kernel log, one line per entry, with or without time stamps. With levels ({@code dmesg -r}), nova's lines are judged by them;
     * its debug messages have words in them that tell of failures elsewhere.
     */
    public static GuestReport parse(List<String> dmesg) {
        Map<String, Device> devices = new TreeMap<>();
        List<String> novas = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (String raw : dmesg) {
            String stripped = raw.strip();
            String line = TIMESTAMP.matcher(stripped).replaceFirst("");
            readNouveau(line, devices);
            readNova(line, devices, novas);
            if (isTrouble(stripped, line)) {
                boolean known =
                        NOT_YET.stream().anyMatch(one -> one.line.matcher(line).find());
                (known ? expected : problems).add(line);
            }
        }
        return new GuestReport(List.copyOf(devices.values()), List.copyOf(problems), List.copyOf(expected));
    }

    private static boolean isTrouble(String raw, String line) {
        if (KERNEL_TROUBLE.matcher(line).find()) {
            return true;
        }
        Matcher level = LEVEL.matcher(raw);
        if (level.find() && NOVA.matcher(line).find()) {
            return (Integer.parseInt(level.group(1)) & 7) < WORST_GOOD_LEVEL;
        }
        return Stream.of(Driver.values()).anyMatch(driver -> driver.isMeant(line))
                && BAD_WORDS.matcher(line).find();
    }

    private static void readNouveau(String line, Map<String, Device> devices) {
        Matcher initialized = INITIALIZED.matcher(line);
        if (initialized.matches()) {
            put(devices, device(devices, initialized.group(1)).up());
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
            now = new Device(old.pciAddress, chip.group(1), chip.group(2), null, -1, false, null);
        } else if (firmware.matches()) {
            now = old.withFirmware(firmware.group(1));
        } else if (vram.matches()) {
            now = old.withVram(Long.parseLong(vram.group(1)));
        }
        put(devices, now);
    }

    private static void readNova(String line, Map<String, Device> devices, List<String> inOrder) {
        if (NOVA_INITIALIZED.matcher(line).matches() && !inOrder.isEmpty()) {
            put(devices, device(devices, inOrder.removeFirst()).up());
            return;
        }
        Matcher nova = NOVA.matcher(line);
        if (!nova.matches()) {
            return;
        }
        Device old = device(devices, nova.group(1));
        Matcher chip = NOVA_CHIP.matcher(nova.group(2));
        Matcher name = BOARD_NAME.matcher(nova.group(2));
        Device now = old;
        if (chip.matches()) {
            now = new Device(old.pciAddress, chip.group(1), null, null, -1, false, null);
        } else if (name.matches()) {
            now = old.withBoardName(name.group(1));
            inOrder.add(old.pciAddress);
        }
        put(devices, now);
    }

    private static void put(Map<String, Device> devices, Device now) {
        devices.put(now.pciAddress, now);
    }

    private static Device device(Map<String, Device> devices, String pciAddress) {
        return devices.getOrDefault(pciAddress, new Device(pciAddress, null, null, null, -1, false, null));
    }
}
