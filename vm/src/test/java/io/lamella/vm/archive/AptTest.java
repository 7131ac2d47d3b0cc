// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class AptTest {
    @Test
    void closureIsReadFromTheSimulation() {
        assertThat(Apt.parseClosure("""
                        Inst gcc-14-base (14.2.0-19 Debian:13.5/stable [amd64])
                        Inst zlib1g [1:1.2] (1:1.3.dfsg+really1.3.1-1+b1 Debian:13.5/stable [amd64]) [libc6:amd64 ]
                        Conf gcc-14-base (14.2.0-19 Debian:13.5/stable [amd64])
                        """))
                .containsExactly(
                        new PinnedPackage("gcc-14-base", "14.2.0-19"),
                        new PinnedPackage("zlib1g", "1:1.3.dfsg+really1.3.1-1+b1"));
    }

    @Test
    void filesAreReadFromTheAddressList() {
        assertThat(Apt.parseUris("""
                        'http://m/pool/b_1%3a1.37_amd64.deb' b_1%3a1.37_amd64.deb 955316 SHA256:ab12
                        W: something else
                        """)).containsExactly(new PackageFile("b_1%3a1.37_amd64.deb", 955_316, "SHA256:ab12"));
    }

    @Test
    void listingsAreReadOneForEachSuite() {
        assertThat(Apt.parseListings("""
                        linux-image-6.12.107+deb13-amd64 | 6.12.107-1 | http://m/debian trixie/main amd64 Packages
                        linux-image-7.3.4+deb13-amd64 | 7.3.4-1~bpo13+1 | http://m/debian trixie-backports/main amd64 Packages
                             linux | 7.3.4-1 | http://m/debian sid/main Sources
                        E: no such thing
                        """))
                .containsExactly(
                        new Listing("linux-image-6.12.107+deb13-amd64", "6.12.107-1", "trixie"),
                        new Listing("linux-image-7.3.4+deb13-amd64", "7.3.4-1~bpo13+1", "trixie-backports"));
    }

    @Test
    void eachChoiceOfSuitesHasListsOfItsOwn() {
        Path keyring = Path.of("/k.gpg");
        assertThat(Suites.STABLE.sources(keyring, "http://m/debian", "http://s"))
                .isEqualTo("""
                        deb [signed-by=/k.gpg] http://m/debian trixie main
                        deb [signed-by=/k.gpg] http://m/debian trixie-backports main
                        """);
        assertThat(Suites.KERNELS.sources(keyring, "http://m/debian", "http://s"))
                .contains("deb [signed-by=/k.gpg check-valid-until=no] http://m/debian sid main\n")
                .contains("http://s trixie-security main\n");
        assertThat(Suites.KERNELS.folder()).isNotEqualTo(Suites.STABLE.folder());
    }

    @Test
    void theMachinesSecurityMirrorIsUsedBeforeThePublicOne() {
        assertThat(AptSource.securityMirror(AptSource.parseList("deb http://sec/x/ bookworm-security main")))
                .isEqualTo("http://sec/x");
        assertThat(AptSource.securityMirror(AptSource.parseList("deb http://m/debian trixie main")))
                .isEqualTo("http://deb.debian.org/debian-security");
    }

    @Test
    void anIndexTellsItsDay() {
        assertThat(Apt.indexDate("Suite: unstable\nDate: Fri, 06 Nov 2026 08:12:02 UTC\nValid-Until: x\n"))
                .contains(LocalDate.of(2026, 11, 6));
        assertThat(Apt.indexDate("Date: Fri, 66 Foo 2026 08:12:02 UTC")).isEmpty();
        assertThat(Apt.indexDate("")).isEmpty();
    }
}
