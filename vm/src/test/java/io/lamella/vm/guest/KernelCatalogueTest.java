// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.vm.VmException;
import io.lamella.vm.archive.Listing;
import io.lamella.vm.archive.PinnedPackage;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelCatalogueTest {
    private static Listing listing(String kernel, String suite) {
        return new Listing("linux-image-" + kernel + "-amd64", kernel + "-1", suite);
    }

    @Test
    void theNewestOfEachSeriesInEachSuiteCounts() {
        List<DebianKernel> kernels = KernelCatalogue.newest(
                List.of(
                        listing("7.3.4+deb13", "trixie-backports"),
                        listing("7.10.1+deb14", "sid"),
                        listing("6.12.94+deb13", "trixie"),
                        listing("6.12.107+deb13", "trixie"),
                        listing("6.12.107+deb13", "trixie-security"),
                        listing("6.12.9+deb13", "trixie-updates"),
                        listing("6.1.1+deb12", "trixie"),
                        listing("7.3.5+deb14", "sid"),
                        new Listing("linux-image-7.3.9+deb14-cloud-amd64", "1", "sid"),
                        new Listing("linux-image-amd64", "1", "sid")),
                "6.12");
        assertThat(kernels)
                .extracting(DebianKernel::version)
                .containsExactly("6.12.9", "6.12.107", "7.3.4", "7.3.5", "7.10.1");
        assertThat(kernels.get(1))
                .isEqualTo(new DebianKernel(
                        "6.12",
                        "6.12.107",
                        "linux-image-6.12.107+deb13-amd64",
                        "6.12.107+deb13-1",
                        List.of("trixie", "trixie-security")));
    }

    @Test
    void nothingListedIsNothing() {
        assertThat(KernelCatalogue.newest(List.of(), "6.12")).isEmpty();
        assertThat(KernelCatalogue.newest(List.of(listing("6.12.1", "sid")), "6.13"))
                .isEmpty();
    }

    @Test
    void kernelsOwnPackagesComeFromItsSuiteInEitherShape() throws Exception {
        DebianKernel kernel = new DebianKernel("7.3", "7.3.4", "linux-image-7.3.4-amd64", "7.3.4-1", List.of("sid"));
        assertThat(KernelProvider.packageNames(kernel.packageName()))
                .contains("linux-image-7.3.4-amd64", "linux-binary-7.3.4-amd64", "linux-modules-7.3.4-amd64");
        assertThat(KernelCatalogue.pins(
                        List.of(
                                new Listing("linux-image-7.3.4-amd64", "7.3.4-1", "sid"),
                                new Listing("linux-image-7.3.4-amd64", "7.3.4-1~bpo13+1", "trixie-backports"),
                                new Listing("linux-binary-7.3.4-amd64", "7.3.4-1", "sid"),
                                new Listing("linux-modules-7.3.4-amd64", "7.3.4-1", "sid")),
                        kernel))
                .containsExactly(
                        new PinnedPackage("linux-image-7.3.4-amd64", "7.3.4-1"),
                        new PinnedPackage("linux-binary-7.3.4-amd64", "7.3.4-1"),
                        new PinnedPackage("linux-modules-7.3.4-amd64", "7.3.4-1"));
        List<Listing> old = List.of(new Listing("linux-image-7.3.4-amd64", "7.3.4-1", "sid"));
        assertThat(KernelCatalogue.pins(old, kernel)).hasSize(1);
    }

    @Test
    void kernelWhosePartsAreGoneIsRefused() {
        DebianKernel kernel = new DebianKernel("7.1", "7.1.9", "linux-image-7.1.9-amd64", "7.1.9-1", List.of("sid"));
        List<Listing> withoutModules = List.of(
                new Listing("linux-image-7.1.9-amd64", "7.1.9-1", "sid"),
                new Listing("linux-binary-7.1.9-amd64", "7.1.9-1", "sid"));
        assertThatThrownBy(() -> KernelCatalogue.pins(withoutModules, kernel))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("no longer linux-modules-7.1.9-amd64");
    }
}
