// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.GpuCore;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.hw.Reg32;
import io.lamella.linux.Fd;
import io.lamella.pci.PciSlot;
import io.lamella.vfiopci.VfioPciSlot;
import io.lamella.vm.Cache;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A Java machine of java.base alone, the core with all that it needs in one jar, and what the machine learned from running it here (its AOT
 * cache): under an emulated processor that halves its start. Together the files of a guest.
 */
final class InnerImage {
    /** Where in the guest it is; the folder is the current one when it runs. */
    static final String HOME = "inner";

    /** One Java machine, the same here and there, or the cache is not used. */
    private static final List<String> OPTIONS =
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m", "--enable-native-access=ALL-UNNAMED");

    private static final List<Class<?>> PARTS = List.of(
            InnerCore.class, GpuCore.class, PciSlot.class, Reg32.class, Fd.class, VfioPciSlot.class, SoftwareGpu.class);

    private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x[0-9a-f]+\\)");
    /** The archive in the guest has no times, and the cache compares them. */
    private static final FileTime NO_TIME = FileTime.fromMillis(0);

    private InnerImage() {}

    /** Builds it anew in a folder and returns the guest's files. */
    static Map<String, byte[]> build(Path folder) throws IOException, InterruptedException {
        Cache.deleteTree(folder);
        Path home = Files.createDirectories(folder.resolve(HOME));
        Path machine = home.resolve("jvm");
        int made = ToolProvider.findFirst("jlink")
                .orElseThrow(() -> new IllegalStateException("This Java has no jlink; the test needs a JDK."))
                .run(
                        System.out,
                        System.err,
                        "--add-modules",
                        "java.base",
                        "--strip-debug",
                        "--no-header-files",
                        "--no-man-pages",
                        "--output",
                        machine.toString());
        assertThat(made).as("jlink's exit code").isZero();
        writeJar(home.resolve("core.jar"));
        for (String release : SyntheticFirmware.releases()) {
            for (Map.Entry<String, byte[]> file :
                    SyntheticFirmware.files(release).entrySet()) {
                Path target = home.resolve("firmware").resolve(file.getKey());
                Files.createDirectories(target.getParent());
                Files.write(target, file.getValue());
            }
        }
        for (Path dated : List.of(home.resolve("core.jar"), machine.resolve("lib/modules"))) {
            Files.setLastModifiedTime(dated, NO_TIME);
        }
        run(home, command("-XX:AOTCacheOutput=core.aot", "quick", InnerCore.TRAINING));
        return collect(folder, machine);
    }

    /** How it is run in its folder. */
    static List<String> command(String cacheOption, String... arguments) {
        List<String> words = new ArrayList<>(List.of("jvm/bin/java"));
        words.addAll(OPTIONS);
        words.addAll(List.of(cacheOption, "-cp", "core.jar", InnerCore.class.getName(), "firmware"));
        words.addAll(List.of(arguments));
        return words;
    }

    private static void writeJar(Path jar) throws IOException {
        Map<String, byte[]> entries = new TreeMap<>();
        for (Class<?> part : PARTS) {
            Path source = location(part);
            if (Files.isDirectory(source)) {
                addClasses(source, part, entries);
            } else {
                try (FileSystem zip = FileSystems.newFileSystem(source)) {
                    addClasses(zip.getPath("/"), part, entries);
                }
            }
        }
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream out = new ZipOutputStream(file)) {
            out.setLevel(0);
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry header = new ZipEntry(entry.getKey());
                header.setLastModifiedTime(NO_TIME);
                out.putNextEntry(header);
                out.write(entry.getValue());
            }
        }
    }

    private static Path location(Class<?> part) {
        try {
            return Path.of(
                    part.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All of a module; of the tests, the inner program alone. */
    private static void addClasses(Path root, Class<?> part, Map<String, byte[]> entries) throws IOException {
        String only = part == InnerCore.class ? InnerCore.class.getName().replace('.', '/') : "io/lamella/";
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                String name = root.relativize(file).toString();
                if (name.startsWith(only)) {
                    entries.put(name, Files.readAllBytes(file));
                }
            }
        }
    }

    private static List<String> run(Path folder, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("inner", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(3, TimeUnit.MINUTES);
            process.destroyForcibly();
            List<String> lines = Files.readAllLines(output);
            assertThat(ended && process.exitValue() == 0)
                    .as("%s: %s", command, lines)
                    .isTrue();
            return lines;
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Everything below the folder, and the system's libraries that the Java machine is linked with, where it looks for them. */
    private static Map<String, byte[]> collect(Path folder, Path machine) throws IOException, InterruptedException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        List<String> linked =
                new ArrayList<>(List.of("ldd", machine.resolve("bin/java").toString()));
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile).sorted()::iterator) {
                String name = folder.relativize(file).toString();
                if (!name.contains("/legal/")) {
                    files.put(name, Files.readAllBytes(file));
                }
                if (name.endsWith(".so")) {
                    linked.add(file.toString());
                }
            }
        }
        for (String line : run(folder, linked)) {
            Matcher library = LIBRARY.matcher(line);
            if (library.find() && !library.group(1).startsWith(machine.toString())) {
                files.put(library.group(1).substring(1), Files.readAllBytes(Path.of(library.group(1))));
            }
        }
        return files;
    }
}
