// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.vm.Cache;
import io.lamella.vm.Commands;
import io.lamella.vm.Progress;
import io.lamella.vm.archive.Apt;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.archive.PackageTree;
import io.lamella.vm.archive.PinnedPackage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What libvirt itself would accept: the schema of Debian's libvirt-common, checked by Debian's xmllint. Both come as packages, as for VMs. */
@Tag("vm")
class LibvirtSchemaVmTest {
    @TempDir
    Path folder;

    private static Commands.Output validate(String xml, Path folder) throws IOException {
        PackageTree tree = new DebianArchive(Cache.ofUser(), Progress.none()).provide("libvirt-schema", apt -> {
            List<PinnedPackage> pins = new ArrayList<>(apt.closure(Apt.STABLE, List.of("libxml2-utils")));
            apt.closure(Apt.STABLE, List.of("libvirt-common")).stream()
                    .filter(pin -> pin.name().equals("libvirt-common"))
                    .forEach(pins::add);
            return pins;
        });
        Path document = Files.writeString(folder.resolve("domain.xml"), xml);
        return Commands.run(
                folder,
                Map.of(),
                Duration.ofMinutes(1),
                List.of(
                        tree.path("usr/lib64/ld-linux-x86-64.so.2").toString(),
                        "--library-path",
                        tree.path("usr/lib/x86_64-linux-gnu").toString(),
                        tree.path("usr/bin/xmllint").toString(),
                        "--noout",
                        "--nonet",
                        "--relaxng",
                        tree.path("usr/share/libvirt/schemas/domain.rng").toString(),
                        document.toString()));
    }

    @Test
    void theSchemaAcceptsOurDomains() throws Exception {
        LibvirtDomain large = LibvirtDomainTest.DOMAIN;
        LibvirtDomain small = new LibvirtDomain("small", 512, 1, List.of(), large.devices(), Accelerator.TCG);
        for (LibvirtDomain domain : List.of(large, small)) {
            Commands.Output output = validate(domain.xml(), folder);
            assertThat(output.exitCode()).as(output.lastWords()).isZero();
        }
    }

    @Test
    void theSchemaRefusesWhatIsWrong() throws Exception {
        Commands.Output output =
                validate(LibvirtDomainTest.DOMAIN.xml().replace("mode='shared'", "mode='maybe'"), folder);
        assertThat(output.exitCode()).isNotZero();
    }
}
