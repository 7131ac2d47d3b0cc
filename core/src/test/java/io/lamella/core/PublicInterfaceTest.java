// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No structure of a firmware release, and nothing that knows one, crosses the core's boundary. */
class PublicInterfaceTest {
    @Test
    void namesNothingOfAFirmwareRelease() throws IOException, URISyntaxException, ClassNotFoundException {
        List<String> offences = new ArrayList<>();
        List<Class<?>> types = exported();
        assertThat(types).contains(GpuCore.class, CoreSession.class, RmRequest.class);
        for (Class<?> type : types) {
            for (Executable method : Stream.concat(
                            Stream.of(type.getDeclaredMethods()), Stream.of(type.getDeclaredConstructors()))
                    .toList()) {
                if (Modifier.isPublic(method.getModifiers())) {
                    String signature = method.toGenericString();
                    boolean inner =
                            signature.contains("io.lamella.hw.") || signature.contains("io.lamella.core.session.");
                    if (inner) {
                        offences.add(signature);
                    }
                }
            }
            Stream.of(type.getDeclaredFields())
                    .filter(field -> Modifier.isPublic(field.getModifiers()))
                    .map(field -> field.toGenericString())
                    .filter(text -> text.contains("io.lamella.hw."))
                    .forEach(offences::add);
        }
        assertThat(offences).isEmpty();
    }

    @Test
    void agreesOnAVersion() {
        ApiVersion one = new ApiVersion(1, 0);
        ApiVersion later = new ApiVersion(1, 3);
        assertThat(new VersionRange(one, later).negotiate(new ApiVersion(1, 1))).contains(new ApiVersion(1, 1));
        assertThat(new VersionRange(one, one).negotiate(later)).contains(one);
        assertThat(new VersionRange(later, later).negotiate(one)).isEmpty();
        assertThat(VersionRange.only(new ApiVersion(2, 0)).negotiate(later)).isEmpty();
    }

    private static List<Class<?>> exported() throws IOException, URISyntaxException, ClassNotFoundException {
        Path classes = Path.of(GpuCore.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<Class<?>> types = new ArrayList<>();
        try (Stream<Path> files = Files.list(classes.resolve("io/lamella/core"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                String name = file.getFileName().toString();
                if (!name.startsWith("package-info")) {
                    Class<?> type = Class.forName("io.lamella.core." + name.substring(0, name.length() - 6));
                    if (Modifier.isPublic(type.getModifiers())) {
                        types.add(type);
                    }
                }
            }
        }
        return types;
    }
}
