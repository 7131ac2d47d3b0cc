// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CpioArchiveTest {
    private static byte[] bytes(CpioArchive archive) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        archive.writeTo(out);
        return out.toByteArray();
    }

    @Test
    void goldenBytes() throws Exception {
        byte[] actual = bytes(new CpioArchive().file("a/b", 0755, "hello".getBytes(StandardCharsets.UTF_8)));
        String expected = "070701"
                // inode, mode (directory 755), uid, gid, links, mtime, size
                + "00000001" + "000041ED" + "00000000" + "00000000" + "00000002" + "00000000" + "00000000"
                // device major and minor, node major and minor, length of the name, checksum
                + "00000000" + "00000000" + "00000000" + "00000000" + "00000002" + "00000000"
                + "a\0"
                + "070701"
                + "00000002" + "000081ED" + "00000000" + "00000000" + "00000001" + "00000000" + "00000005"
                + "00000000" + "00000000" + "00000000" + "00000000" + "00000004" + "00000000"
                + "a/b\0" + "\0\0"
                + "hello" + "\0\0\0"
                + "070701"
                + "00000000" + "00000000" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000"
                + "00000000" + "00000000" + "00000000" + "00000000" + "0000000B" + "00000000"
                + "TRAILER!!!\0" + "\0\0\0";
        assertThat(new String(actual, StandardCharsets.ISO_8859_1)).isEqualTo(expected);
    }

    @Test
    void theOrderOfAddingDoesNotMatter() throws Exception {
        byte[] one = bytes(new CpioArchive().directory("x").link("l", "x").characterDevice("dev/console", 0600, 5, 1));
        byte[] other = bytes(new CpioArchive()
                .characterDevice("dev/console", 0600, 5, 1)
                .link("l", "x")
                .directory("x"));
        assertThat(one).isEqualTo(other);
        assertThat(new String(one, StandardCharsets.ISO_8859_1))
                // a character device 5:1, readable and writable by root
                .contains("00002180" + "00000000".repeat(2) + "00000001" + "00000000".repeat(4) + "00000005"
                        + "00000001");
    }

    @Test
    void namesStayInsideTheArchive() {
        for (String name : new String[] {"", "/etc/x", "a/../b", "a//b", "a/", "."}) {
            assertThatThrownBy(() -> new CpioArchive().file(name, 0644, new byte[0]))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
