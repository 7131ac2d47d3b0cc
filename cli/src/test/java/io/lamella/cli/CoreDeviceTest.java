// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code lamella core check --device} where there is no such device: what it says. That it works is {@code VfioPciVmTest}'s. */
class CoreDeviceTest {
    private final StringWriter usage = new StringWriter();

    private String complaint(int exitCode, String... arguments) {
        CommandLine line = Lamella.commandLine();
        line.setErr(new PrintWriter(usage, true));
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertThat(line.execute(arguments)).isEqualTo(exitCode);
        } finally {
            System.setErr(before);
        }
        return usage + printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedInAWord() {
        assertThat(complaint(ExitCode.FAILED, "core", "check", "--device", "ffff:ff:1f.7,api=group"))
                .isEqualToIgnoringNewLines("lamella: There is no PCI device ffff:ff:1f.7 (no"
                        + " /sys/bus/pci/devices/ffff:ff:1f.7). lspci -D lists those that there are.");
    }

    @Test
    void whatIsNoAddressIsAMistakeInTheCommand() {
        assertThat(complaint(ExitCode.USAGE, "core", "check", "--device", "gpu0"))
                .contains("'gpu0' is not a PCI address");
        assertThat(complaint(ExitCode.USAGE, "core", "check", "--device", "65:00.0,api=uio"))
                .contains("'api=uio' is not known for a device");
    }
}
