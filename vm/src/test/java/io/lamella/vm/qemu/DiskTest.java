// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {
    @TempDir
    Path folder;

    private Path qcow2() throws IOException {
        Path file = folder.resolve("a.qcow2");
        if (!Files.exists(file)) {
            NewDiskImage.create(file, DiskFormat.QCOW2, 16 << 20);
        }
        return file;
    }

    private Path raw() throws IOException {
        return Files.write(folder.resolve("b.img"), new byte[4096]);
    }

    @Test
    void qcow2IsRecognised() throws Exception {
        assertThat(Disk.parse(qcow2().toString())).isEqualTo(new Disk(qcow2(), DiskFormat.QCOW2, false));
        assertThat(Disk.parse(qcow2() + ",readonly")).isEqualTo(new Disk(qcow2(), DiskFormat.QCOW2, true));
    }

    @Test
    void rawIsNeverGuessed() throws Exception {
        Path raw = raw();
        assertThatThrownBy(() -> Disk.parse(raw.toString()))
                .hasMessageContaining("no qcow2 header")
                .hasMessageContaining(raw + ",format=raw");
        assertThat(Disk.parse(raw + ",format=raw,readonly")).isEqualTo(new Disk(raw, DiskFormat.RAW, true));
        assertThatThrownBy(() -> Disk.parse(raw + ",format=qcow2")).hasMessageContaining("is no qcow2 image");
    }

    @Test
    void aQcow2ImageMayBeUsedAsBytes() throws Exception {
        assertThat(Disk.parse(qcow2() + ",format=raw").format()).isEqualTo(DiskFormat.RAW);
    }

    @Test
    void aRecognisedImageMayNotNameOtherFiles() throws Exception {
        Path backed = qcow2();
        byte[] bytes = Files.readAllBytes(backed);
        bytes[15] = 104;
        Files.write(backed, bytes);
        assertThatThrownBy(() -> Disk.parse(backed.toString()))
                .hasMessageContaining("backing")
                .hasMessageContaining(",format=qcow2");
        assertThat(Disk.parse(backed + ",format=qcow2").format()).isEqualTo(DiskFormat.QCOW2);
        bytes[15] = 0;
        bytes[79] = 4; // An external data file.
        Files.write(backed, bytes);
        assertThatThrownBy(() -> Disk.parse(backed.toString())).hasMessageContaining("data file");
    }

    @Test
    void whatIsTypedWrongIsSaid() throws Exception {
        assertThatThrownBy(() -> Disk.parse(folder.resolve("none.img").toString()))
                .hasMessageContaining("is not there")
                .hasMessageContaining("none.img,size=20GiB");
        assertThatThrownBy(() -> Disk.parse(folder + ",format=raw")).hasMessageContaining("is a folder");
        assertThatThrownBy(() -> Disk.parse(raw() + ",format=vmdk")).hasMessageContaining("'format=vmdk' is not known");
        Path vmdk = Files.write(folder.resolve("c.vmdk"), "KDMV and more".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> Disk.parse(vmdk.toString()))
                .hasMessageContaining("vmdk")
                .hasMessageContaining("qemu-img convert");
    }

    @Test
    void aSizeMakesAnEmptyImage() throws Exception {
        Path made = folder.resolve("new.qcow2");
        assertThat(Disk.parse(made + ",size=40GiB").format()).isEqualTo(DiskFormat.QCOW2);
        ByteBuffer header = ByteBuffer.wrap(Files.readAllBytes(made));
        assertThat(header.getLong(24)).isEqualTo(40L << 30);
        assertThat(header.getInt(36)).as("entries of the first-level table").isEqualTo(80);
        assertThatThrownBy(() -> Disk.parse(made + ",size=40GiB")).hasMessageContaining("is there already");
        assertThat(Disk.parse(folder + "/new.img,format=raw,size=1GiB").file()).hasSize(1L << 30);
        assertThatThrownBy(() -> Disk.parse(folder + "/huge.qcow2,size=9TiB")).hasMessageContaining("1 MiB to 4 TiB");
        assertThat(folder.resolve("huge.qcow2")).doesNotExist();
    }

    @Test
    void twoCommasAreOne() throws Exception {
        Path odd = Files.write(folder.resolve("a,b.img"), new byte[512]);
        assertThat(Disk.parse(folder + "/a,,b.img,format=raw").file()).isEqualTo(odd);
    }
}
