// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The dependency table of ARCHITECTURE.md: arrows between modules point one way, and two modules alone call native code. */
class ArchitectureTest {
    /** Module (the package below io.lamella) to the modules that it may use. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("linux", Set.of()),
            Map.entry("pci", Set.of()),
            Map.entry("hw", Set.of()),
            Map.entry("vfiouser", Set.of("linux", "pci")),
            Map.entry("vfiopci", Set.of("linux", "pci")),
            Map.entry("gpu", Set.of("pci", "hw", "linux")),
            Map.entry("core", Set.of("pci", "hw")),
            Map.entry("core.c", Set.of("core", "pci")),
            Map.entry("vgpu", Set.of("core", "hw")),
            Map.entry("drm", Set.of("core", "hw")),
            Map.entry("vfio", Set.of("vgpu", "core", "vfiouser", "pci", "linux")),
            Map.entry("host", Set.of("vfio", "vgpu", "drm", "core", "core.c", "gpu", "vfiouser", "hw", "pci", "linux")),
            Map.entry(
                    "daemon",
                    Set.of("host", "vfio", "vgpu", "core", "core.c", "gpu", "vfiouser", "hw", "pci", "linux")),
            Map.entry("vm", Set.of("linux")),
            Map.entry("bench", Set.of("drm", "host", "vfio", "vgpu", "core", "gpu", "vfiouser", "hw", "pci", "linux")),
            Map.entry(
                    "cli",
                    Set.of(
                            "daemon",
                            "drm",
                            "host",
                            "vfio",
                            "vgpu",
                            "core",
                            "core.c",
                            "gpu",
                            "vm",
                            "bench",
                            "vfiouser",
                            "vfiopci",
                            "linux",
                            "pci",
                            "hw")));

    /** The modules that use nothing but the JDK and the null annotations. */
    private static final Set<String> JDK_ONLY =
            Set.of("linux", "pci", "hw", "vfiouser", "vfiopci", "gpu", "core", "core.c", "drm");

    /** The JDK's restricted methods that Lamella could be tempted to call. */
    private static final Set<String> RESTRICTED = Set.of(
            "java.lang.foreign.Linker.downcallHandle",
            "java.lang.foreign.Linker.upcallStub",
            "java.lang.foreign.SymbolLookup.libraryLookup",
            "java.lang.foreign.MemorySegment.reinterpret",
            "java.lang.foreign.AddressLayout.withTargetLayout",
            "java.lang.ModuleLayer$Controller.enableNativeAccess",
            "java.lang.System.load",
            "java.lang.System.loadLibrary",
            "java.lang.Runtime.load",
            "java.lang.Runtime.loadLibrary");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lamella");

    @Test
    void everyModuleIsInTheTable() {
        assertThat(CLASSES.stream().map(ArchitectureTest::moduleOf).collect(Collectors.toSet()))
                .isSubsetOf(MAY_USE.keySet())
                .contains("core", "gpu", "pci");
    }

    @Test
    void arrowsPointOneWay() {
        assertThat(violations(dependency -> {
                    String from = moduleOf(dependency.getOriginClass());
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    if (!target.getPackageName().startsWith("io.lamella.")) {
                        return false;
                    }
                    String to = moduleOf(target);
                    return !from.equals(to)
                            && !MAY_USE.getOrDefault(from, Set.of()).contains(to);
                }))
                .isEmpty();
    }

    @Test
    void deviceAndDriverModulesUseTheJdkAlone() {
        assertThat(violations(dependency -> {
                    String target =
                            dependency.getTargetClass().getBaseComponentType().getPackageName();
                    return JDK_ONLY.contains(moduleOf(dependency.getOriginClass()))
                            && List.of("java.", "javax.", "jdk.jfr", "io.lamella.", "org.jspecify.").stream()
                                    .noneMatch(prefix -> (target + ".").startsWith(prefix))
                            && !target.isEmpty();
                }))
                .isEmpty();
    }

    @Test
    void nativeAccessIsInTwoModulesAlone() {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            for (JavaAccess<?> access : type.getAccessesFromSelf()) {
                AccessTarget target = access.getTarget();
                if (RESTRICTED.contains(target.getOwner().getName() + "." + target.getName())) {
                    found.add(moduleOf(type));
                }
            }
        }
        assertThat(found).isEqualTo(Set.of("linux", "core.c"));
    }

    private static Set<String> violations(java.util.function.Predicate<Dependency> isBad) {
        Set<String> bad = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                if (isBad.test(dependency)) {
                    bad.add(dependency.getDescription());
                }
            }
        }
        return bad;
    }

    private static String moduleOf(JavaClass type) {
        String rest = type.getPackageName().substring("io.lamella.".length());
        // The one module whose package lies below that of another.
        if (rest.equals("core.c") || rest.startsWith("core.c.")) {
            return "core.c";
        }
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
