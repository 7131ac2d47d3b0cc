// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares every number with the system's headers; iommufd's only where those are new enough to have them. */
class UapiTest {
    /** Sizes are those of the first version of each structure, which every kernel takes: the offset of what came later. */
    private static final Map<String, String> SIZES = Map.ofEntries(
            Map.entry("DEVICE_INFO_SIZEOF", "offsetof(struct vfio_device_info, cap_offset)"),
            Map.entry("REGION_INFO_SIZEOF", "sizeof(struct vfio_region_info)"),
            Map.entry("IRQ_INFO_SIZEOF", "sizeof(struct vfio_irq_info)"),
            Map.entry("IRQ_SET_SIZEOF", "sizeof(struct vfio_irq_set)"),
            Map.entry("GROUP_STATUS_SIZEOF", "sizeof(struct vfio_group_status)"),
            Map.entry("TYPE1_INFO_SIZEOF", "(sizeof(struct vfio_iommu_type1_info) + 7) / 8 * 8"),
            Map.entry("TYPE1_MAP_SIZEOF", "sizeof(struct vfio_iommu_type1_dma_map)"),
            Map.entry("TYPE1_UNMAP_SIZEOF", "sizeof(struct vfio_iommu_type1_dma_unmap)"),
            Map.entry("BIND_SIZEOF", "16"),
            Map.entry("ATTACH_SIZEOF", "12"),
            Map.entry("IOAS_ALLOC_SIZEOF", "sizeof(struct iommu_ioas_alloc)"),
            Map.entry("IOAS_RANGES_SIZEOF", "sizeof(struct iommu_ioas_iova_ranges)"),
            Map.entry("IOAS_MAP_SIZEOF", "sizeof(struct iommu_ioas_map)"),
            Map.entry("IOAS_UNMAP_SIZEOF", "sizeof(struct iommu_ioas_unmap)"),
            Map.entry("DESTROY_SIZEOF", "sizeof(struct iommu_destroy)"));

    @TempDir
    Path folder;

    @Test
    void numbersAreThoseOfTheSystem() throws Exception {
        assumeTrue(run("gcc", "--version") == 0, "There is no gcc here to compile the headers with.");
        boolean iommufd = Files.exists(Path.of("/usr/include/linux/iommufd.h"));
        StringBuilder program = new StringBuilder("#include <stddef.h>\n#include <stdio.h>\n#include <linux/vfio.h>\n");
        program.append(iommufd ? "#include <linux/iommufd.h>\n" : "").append("int main(void) {\n");
        Map<String, Long> expected = new TreeMap<>();
        for (Field field : Uapi.class.getDeclaredFields()) {
            String name = field.getName();
            boolean newer = name.startsWith("IOMMU_")
                    || name.startsWith("IOAS_")
                    || name.contains("IOMMUFD")
                    || name.equals("DESTROY_SIZEOF");
            if (field.getType() == int.class && (iommufd || !newer)) {
                expected.put(name, (long) field.getInt(null));
                program.append("printf(\"%s %lld\\n\", \"")
                        .append(name)
                        .append("\", (long long)(")
                        .append(SIZES.getOrDefault(name, name))
                        .append("));\n");
            }
        }
        Path source = folder.resolve("uapi.c");
        Path binary = folder.resolve("uapi");
        Files.writeString(source, program.append("return 0; }\n"));
        assertThat(run("gcc", "-o", binary.toString(), source.toString())).isZero();
        Map<String, Long> actual = new TreeMap<>();
        Process process = new ProcessBuilder(binary.toString()).start();
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .forEach(line -> {
                    int space = line.indexOf(' ');
                    actual.put(line.substring(0, space), Long.valueOf(line.substring(space + 1)));
                });
        assertThat(actual).isEqualTo(expected);
    }

    private static int run(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .inheritIO()
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1;
        }
    }
}
