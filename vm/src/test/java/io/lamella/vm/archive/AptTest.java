// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import static org.assertj.core.api.Assertions.assertThat;

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
}
