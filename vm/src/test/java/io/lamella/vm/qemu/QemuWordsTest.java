// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What QEMU 11.1 really printed, word for word. */
class QemuWordsTest {
    @Test
    void aLockedImageIsExplained() {
        assertThat(QemuWords.explain(
                        "qemu-system-x86_64: -device virtio-blk-pci,drive=disk0: Failed to get \"write\" lock\n"
                                + "Is another process using the image [/d/r.img]?"))
                .startsWith("Another process, probably another VM, uses the disk image /d/r.img.");
    }

    @Test
    void aMissingServerIsExplained() {
        for (String cause : new String[] {"No such file or directory", "Connection refused"}) {
            assertThat(QemuWords.explain("qemu-system-x86_64: -device {\"driver\":\"vfio-user-pci\",\"socket\":"
                            + "{\"path\":\"/run/a.sock\",\"type\":\"unix\"}}: Failed to connect to '/run/a.sock': "
                            + cause))
                    .startsWith("Nobody serves a vGPU at /run/a.sock");
        }
    }

    @Test
    void unknownWordsAreLeftAlone() {
        assertThat(QemuWords.explain("qemu-system-x86_64: something new")).isEmpty();
    }
}
