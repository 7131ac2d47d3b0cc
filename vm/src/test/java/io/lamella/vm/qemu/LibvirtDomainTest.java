// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class LibvirtDomainTest {
    static final LibvirtDomain DOMAIN = new LibvirtDomain(
            "demo",
            4096,
            4,
            List.of(
                    new Disk(Path.of("/d/it's <a> & b.qcow2"), DiskFormat.QCOW2, false),
                    new Disk(Path.of("/dev/sdx"), DiskFormat.RAW, true)),
            List.of(
                    new VfioUserDevice("vgpu0", Path.of("/run/lamella/it's.sock"), 16),
                    new VfioUserDevice("vgpu1", Path.of("/run/lamella/b.sock"), 17)),
            Accelerator.KVM);

    private static Document parse(String xml) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> attributes(NodeList elements, String name) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < elements.getLength(); i++) {
            values.add(((Element) elements.item(i)).getAttribute(name));
        }
        return values;
    }

    @Test
    void aParserReadsBackWhatWasMeant() throws Exception {
        Document domain = parse(DOMAIN.xml());
        assertThat(attributes(
                        domain.getElementsByTagNameNS("http://libvirt.org/schemas/domain/qemu/1.0", "arg"), "value"))
                .containsExactly(
                        "-device",
                        CommandLine.json(DOMAIN.devices().get(0)),
                        "-device",
                        CommandLine.json(DOMAIN.devices().get(1)));
        assertThat(attributes(domain.getElementsByTagName("source"), "file")).contains("/d/it's <a> & b.qcow2");
        assertThat(attributes(domain.getElementsByTagName("target"), "dev")).containsExactly("vda", "vdb");
        assertThat(((Element) domain.getElementsByTagName("access").item(0)).getAttribute("mode"))
                .isEqualTo("shared");
        assertThat(domain.getElementsByTagName("readonly").getLength()).isEqualTo(1);
    }

    @Test
    void theFragmentIsAPartOfTheDomain() throws Exception {
        parse("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>" + DOMAIN.fragment() + "</domain>");
    }

    @Test
    void aNameIsAName() {
        assertThatThrownBy(() -> new LibvirtDomain("a<b", 1024, 1, List.of(), List.of(), Accelerator.KVM))
                .hasMessageContaining("domain's name");
    }

    @Test
    void argumentsForOnesOwnCommandArePasteable() {
        assertThat(QemuArguments.text(DOMAIN.devices(), 2048)).isEqualTo("""
                -m 2048M \\
                -object memory-backend-memfd,id=lamella-memory,share=on,size=2048M \\
                -machine memory-backend=lamella-memory \\
                -device '{"driver":"vfio-user-pci","id":"vgpu0","addr":"10.0","socket":{"path":"/run/lamella/it'\\''s.sock","type":"unix"}}' \\
                -device '{"driver":"vfio-user-pci","id":"vgpu1","addr":"11.0","socket":{"path":"/run/lamella/b.sock","type":"unix"}}'
                """);
    }
}
