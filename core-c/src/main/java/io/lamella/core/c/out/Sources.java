// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.c.GpuSource;
import io.lamella.core.c.GpuSource.NamedGpu;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The GPUs that can be opened by name: those of every {@link GpuSource} in the image. */
public final class Sources {
    private Sources() {}

    private static List<GpuSource> all() {
        return ServiceLoader.load(GpuSource.class, GpuSource.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /** @throws CoreException {@code NOT_FOUND} with the names there are, {@code INVALID} */
    public static NamedGpu open(String spec) {
        for (GpuSource source : all()) {
            Optional<NamedGpu> gpu = source.open(spec);
            if (gpu.isPresent()) {
                return gpu.get();
            }
        }
        throw new CoreException(CoreError.NOT_FOUND, "No GPU is called \"" + spec + "\": " + names() + ".");
    }

    /** What there is, as part of a sentence. */
    static String names() {
        String names = all().stream().map(GpuSource::names).collect(Collectors.joining(", "));
        return names.isEmpty() ? "this installation knows no GPU by name" : "known names are " + names;
    }
}
