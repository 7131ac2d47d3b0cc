// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KvmTest {
    @Test
    void aMachineLeavesNoDescriptor() {
        Path device = Path.of("/dev/kvm");
        assumeTrue(Files.isWritable(device), "There is no /dev/kvm here that this user may use.");
        int before = OpenFiles.count();
        assertThat(Kvm.createMachine(device)).isEqualTo(Kvm.API_VERSION);
        assertThat(OpenFiles.count()).isEqualTo(before);
    }

    @Test
    void otherDevicesAreTold() {
        int before = OpenFiles.count();
        assertThatThrownBy(() -> Kvm.createMachine(Path.of("/dev/null")))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        e -> assertThat(e.is(Errno.ENOTTY)).isTrue());
        assertThatThrownBy(() -> Kvm.createMachine(Path.of("/dev/kvm-of-nobody")))
                .hasMessageContaining("Cannot open /dev/kvm-of-nobody");
        assertThat(OpenFiles.count()).isEqualTo(before);
    }
}
