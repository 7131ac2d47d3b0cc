// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Guest memory can be cut short under us. Java turns that into an error that is caught, with one exception: a compare-and-set on it ends the
 * process. Those come from the var handles of memory layouts and of byte buffers, so the sources have none of either.
 */
class GuestMemoryAtomicsTest {
    private static final Pattern VAR_HANDLE =
            Pattern.compile("\\bvarHandle\\(|byteBufferViewVarHandle|memorySegmentViewVarHandle");

    @Test
    void nothingComparesAndSetsGuestMemory() throws IOException {
        List<String> found = new ArrayList<>();
        int looked = 0;
        for (String module : List.of("linux", "pci", "vfio-user", "gpu", "vfio")) {
            Path sources = Path.of("..", module, "src", "main", "java");
            if (!Files.isDirectory(sources)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file :
                        (Iterable<Path>) files.filter(path -> path.toString().endsWith(".java"))::iterator) {
                    looked++;
                    if (VAR_HANDLE.matcher(Files.readString(file)).find()) {
                        found.add(file.toString());
                    }
                }
            }
        }
        assertThat(looked).isGreaterThan(40);
        assertThat(found).isEmpty();
    }
}
