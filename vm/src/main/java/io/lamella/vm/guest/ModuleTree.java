// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A kernel's module folder: which file is which module, and what needs what. */
final class ModuleTree {
    /** Gives a module file's content, unpacked. */
    @FunctionalInterface
    interface Reader {
        byte[] read(Path file) throws IOException;
    }

    private final Path folder;
    private final Reader reader;
    private final Map<String, Path> files = new HashMap<>();
    private final Set<String> builtIn = new HashSet<>();
    private final Map<String, List<String>> listed;

    ModuleTree(Path folder, Reader reader) throws IOException {
        this.folder = folder;
        this.reader = reader;
        try (Stream<Path> walk = Files.walk(folder)) {
            walk.forEach(file -> moduleName(file.getFileName().toString()).ifPresent(name -> files.put(name, file)));
        }
        Path builtInList = folder.resolve("modules.builtin");
        if (Files.isReadable(builtInList)) {
            for (String line : Files.readAllLines(builtInList)) {
                moduleName(line.substring(line.lastIndexOf('/') + 1)).ifPresent(builtIn::add);
            }
        }
        Path dependencyList = folder.resolve("modules.dep");
        listed = Files.isReadable(dependencyList) ? parseDependencies(Files.readString(dependencyList)) : Map.of();
    }

    /** Whether the kernel itself holds it. */
    boolean isBuiltIn(String name) {
        return builtIn.contains(canonical(name));
    }

    /** The same from modules.softdep of an installed kernel: {@code softdep ext4 pre: crypto-crc32c}. */
    private List<String> listedAlgorithms(String name) throws IOException {
        Path softDependencies = folder.resolve("modules.softdep");
        if (!Files.isReadable(softDependencies)) {
            return List.of();
        }
        String start = "softdep " + name + " ";
        List<String> algorithms = new ArrayList<>();
        for (String line : Files.readAllLines(softDependencies)) {
            if (canonical(line).startsWith(start)) {
                algorithms.addAll(ModuleInfo.algorithmsOf(line.substring(start.length())));
            }
        }
        return algorithms;
    }

    /** Dashes and underscores mean the same in a module's name. */
    static String canonical(String name) {
        return name.replace('-', '_');
    }

    /** The module that a file name stands for, if it is a module's. */
    static Optional<String> moduleName(String fileName) {
        for (String suffix : List.of(".ko", ".ko.xz", ".ko.gz", ".ko.zst")) {
            if (fileName.endsWith(suffix)) {
                return Optional.of(canonical(fileName.substring(0, fileName.length() - suffix.length())));
            }
        }
        return Optional.empty();
    }

    /** Parses modules.dep: {@code path: path path...}, as names. */
    static Map<String, List<String>> parseDependencies(String text) {
        Map<String, List<String>> all = new HashMap<>();
        for (String line : text.split("\n", -1)) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                continue;
            }
            Optional<String> module = moduleName(line.substring(line.lastIndexOf('/', colon) + 1, colon));
            if (module.isEmpty()) {
                continue;
            }
            List<String> needs = new ArrayList<>();
            for (String path : line.substring(colon + 1).strip().split("\\s+", -1)) {
                moduleName(path.substring(path.lastIndexOf('/') + 1)).ifPresent(needs::add);
            }
            all.put(module.get(), List.copyOf(needs));
        }
        return all;
    }

    /**
     * The given modules and all they need, in the order in which they can be loaded.
     *
     * @throws VmException when the kernel has no such module
     */
    List<KernelModule> closure(List<String> roots) throws IOException {
        LinkedHashMap<String, KernelModule> ordered = new LinkedHashMap<>();
        Set<String> visiting = new HashSet<>();
        for (String root : roots) {
            visit(canonical(root), ordered, visiting);
        }
        return List.copyOf(ordered.values());
    }

    private void visit(String name, Map<String, KernelModule> ordered, Set<String> visiting) throws IOException {
        if (ordered.containsKey(name) || builtIn.contains(name) || !visiting.add(name)) {
            return;
        }
        Path file = files.get(name);
        if (file == null) {
            throw new VmException("The kernel in " + folder + " has no module " + name
                    + ". A kernel with nouveau as a module, such as Debian's own, has it.");
        }
        byte[] content = reader.read(file);
        List<String> needs = new ArrayList<>(
                listed.containsKey(name)
                        ? listed.getOrDefault(name, List.of())
                        : ModuleInfo.dependencies(name, content));
        // What it asks for by an algorithm's name when it runs; without an alias table nobody could find that then.
        (listed.containsKey(name) ? listedAlgorithms(name) : ModuleInfo.algorithms(name, content))
                .stream()
                        .map(algorithm -> algorithm + "_generic")
                        .filter(files::containsKey)
                        .forEach(needs::add);
        for (String need : needs) {
            visit(need, ordered, visiting);
        }
        Set<String> all = new HashSet<>();
        for (String need : needs) {
            KernelModule module = ordered.get(need);
            if (module != null) {
                all.add(need);
                all.addAll(module.dependencies());
            }
        }
        List<String> inOrder = ordered.keySet().stream().filter(all::contains).toList();
        ordered.put(name, new KernelModule(name, content, inOrder));
    }
}
