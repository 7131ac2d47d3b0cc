// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.CoreOptions;
import io.lamella.hw.gsp.GspRelease;
import io.lamella.it.r999.Boots;
import io.lamella.it.r999.R999;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A firmware release is one package: one that nobody knows is put beside the others, and everything runs with it. */
@Timeout(60)
class ThirdReleaseTest {
    @TempDir
    Path folder;

    @Test
    @SuppressWarnings("unchecked") // What Boots says it returns, seen from another class loader.
    void aReleaseThatIsProvidedIsBootedByHostAndGuests() throws Exception {
        assertThat(CoreOptions.DEFAULT.firmwareReleases())
                .as("Here nobody provides it.")
                .containsExactly("570.144", "535.113.01");
        try (URLClassLoader loader =
                new URLClassLoader(classPathWith(R999.class), ClassLoader.getPlatformClassLoader())) {
            Callable<List<String>> boots = (Callable<List<String>>)
                    loader.loadClass(Boots.class.getName()).getConstructor().newInstance();
            assertThat(boots.call())
                    .containsExactly(
                            "known [999.1, 570.144, 535.113.01]",
                            "host 999.1",
                            "ACTIVE 256",
                            "guest 999.1 on NVIDIA L40-8Q",
                            "guest 570.144 on NVIDIA L40-8Q",
                            "guest 535.113.01 on NVIDIA L40-8Q");
        }
    }

    /** Everything anew, and a folder that registers the release. */
    private URL[] classPathWith(Class<? extends GspRelease> release) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(GspRelease.class.getName()), release.getName());
        List<Path> paths = new ArrayList<>(List.of(folder));
        // Surefire may have put the real path elsewhere.
        String known = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Stream.of(known.split(File.pathSeparator, -1)).map(Path::of).forEach(paths::add);
        List<URL> urls = new ArrayList<>();
        for (Path path : paths) {
            urls.add(url(path));
        }
        return urls.toArray(URL[]::new);
    }

    private static URL url(Path path) throws MalformedURLException {
        return path.toUri().toURL();
    }
}
