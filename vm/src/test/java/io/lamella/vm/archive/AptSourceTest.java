// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AptSourceTest {
    @Test
    void oneLineFormat() {
        List<AptSource> sources = AptSource.parseList("""
                # deb http://old.example/debian trixie main
                deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ trixie main contrib # ours
                deb-src http://mirror.example/debian trixie main
                deb\thttp://security.example/debian-security trixie-security main
                deb [broken http://x trixie main
                """);
        assertThat(sources)
                .containsExactly(
                        new AptSource(
                                List.of("http://mirror.example/debian/"),
                                List.of("trixie"),
                                List.of("main", "contrib")),
                        new AptSource(
                                List.of("http://security.example/debian-security"),
                                List.of("trixie-security"),
                                List.of("main")));
        assertThat(AptSource.debianMirror(sources)).contains("http://mirror.example/debian");
    }

    @Test
    void stanzaFormatWithCommentsAndDisabledEntries() {
        List<AptSource> sources = AptSource.parseStanzas("""
                Types: deb deb-src
                # a comment inside a stanza
                URIs: http://deb.example/debian
                Suites: bookworm
                  bookworm-updates
                Components: main
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 mQINBF

                Enabled: no
                Types: deb
                URIs: http://disabled.example/debian
                Suites: trixie
                Components: main
                """);
        assertThat(sources)
                .containsExactly(new AptSource(
                        List.of("http://deb.example/debian"),
                        List.of("bookworm", "bookworm-updates"),
                        List.of("main")));
    }

    @Test
    void onlyAWholeCurrentDebianReleaseIsAMirror() {
        assertThat(AptSource.debianMirror(AptSource.parseList("""
                        deb http://snapshot.debian.org/archive/debian/20250520T000000Z trixie main
                        deb http://ubuntu.example/ubuntu noble main
                        deb https://vendor.example/node nodistro main
                        deb file:/srv/debian trixie main
                        deb http://security.example/debian-security trixie-security main
                        """))).isEmpty();
    }

    @Test
    void readsAMachineWithBothFormatsInNameOrder(@TempDir Path etcApt) throws Exception {
        Path parts = Files.createDirectory(etcApt.resolve("sources.list.d"));
        Files.writeString(parts.resolve("b.list"), "deb http://b.example/debian trixie main\n");
        Files.writeString(
                parts.resolve("a.sources"),
                "Types: deb\nURIs: http://a.example/debian\nSuites: trixie\nComponents: main\n");
        Files.writeString(parts.resolve("c.list.save"), "deb http://c.example/debian trixie main\n");
        assertThat(AptSource.debianMirror(AptSource.ofMachine(etcApt))).contains("http://a.example/debian");
        assertThat(AptSource.ofMachine(etcApt)).hasSize(2);
        assertThat(AptSource.ofMachine(etcApt.resolve("nowhere"))).isEmpty();
    }
}
