// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.lamella.core.CoreSession;
import io.lamella.core.RmRequest;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspRelease;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing of a firmware release crosses the core's interface, in Java and in C, and clients know no firmware messages. */
class CoreBoundaryTest {
    /** What clients see of the core. */
    private static final Set<String> INTERFACE =
            Set.of("io.lamella.core", "io.lamella.core.contract", "io.lamella.core.c");

    /** The layouts of the firmware's messages, with one sub-package per release. */
    private static final String FIRMWARE = "io.lamella.hw.gsp";

    /** Those who sit on the core. */
    private static final Set<String> CLIENTS = Set.of("vgpu", "vfio", "drm", "host", "daemon", "bench", "cli");

    /** Words of a firmware's layouts, where they are a name in the header: a release, a structure of the GSP's or the RM's. */
    private static final Pattern FIRMWARE_NAME = Pattern.compile(
            "(?i)\\b\\w*(r535|r570|rpc_gsp|gsp_rm|_v1f|_v25|_v03|nv0000|nv0080|nv2080|ctrl_params|alloc_params)\\w*");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lamella");

    private static boolean isFirmware(JavaClass type) {
        String name = type.getBaseComponentType().getPackageName();
        return name.equals(FIRMWARE) || name.startsWith(FIRMWARE + ".");
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    /** Everything of hw that a public type shows: in signatures, generic ones too, in record components and in constants. */
    private static Set<String> shown(JavaClass type) {
        Set<String> offences = new TreeSet<>();
        for (JavaCodeUnit method : type.getCodeUnits()) {
            if (isVisible(method.getModifiers())) {
                Stream.concat(Stream.of(method.getReturnType()), method.getParameterTypes().stream())
                        .flatMap(CoreBoundaryTest::involved)
                        .filter(CoreBoundaryTest::isInner)
                        .forEach(inner -> offences.add(method.getFullName() + " shows " + inner.getName()));
            }
        }
        for (JavaField field : type.getFields()) {
            if (isVisible(field.getModifiers())) {
                involved(field.getType())
                        .filter(CoreBoundaryTest::isInner)
                        .forEach(inner -> offences.add(field.getFullName() + " shows " + inner.getName()));
            }
        }
        type.getRawInterfaces().stream()
                .filter(CoreBoundaryTest::isInner)
                .forEach(inner -> offences.add(type.getName() + " is a " + inner.getName()));
        return offences;
    }

    private static Stream<JavaClass> involved(JavaType type) {
        return type.getAllInvolvedRawTypes().stream().map(JavaClass::getBaseComponentType);
    }

    /** Of hw, or of the core's own inside. */
    private static boolean isInner(JavaClass type) {
        String name = type.getPackageName();
        return name.startsWith("io.lamella.hw") || (name.startsWith("io.lamella.core.") && !INTERFACE.contains(name));
    }

    @Test
    void theInterfaceShowsNothingOfTheFirmware() {
        Set<String> offences = new TreeSet<>();
        int looked = 0;
        for (JavaClass type : CLASSES) {
            if (INTERFACE.contains(type.getPackageName()) && isVisible(type.getModifiers())) {
                looked++;
                offences.addAll(shown(type));
            }
        }
        assertThat(looked).isGreaterThan(40);
        assertThat(offences).isEmpty();
        assertThat(CLASSES.contain(CoreSession.class) && CLASSES.contain(RmRequest.class))
                .isTrue();
    }

    @Test
    void clientsUseNoFirmwareStructures() {
        Set<String> offences = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            if (CLIENTS.contains(moduleOf(type))) {
                offences.addAll(uses(type));
            }
        }
        assertThat(offences).isEmpty();
    }

    private static Set<String> uses(JavaClass type) {
        Set<String> offences = new TreeSet<>();
        type.getDirectDependenciesFromSelf().stream()
                .filter(dependency -> isFirmware(dependency.getTargetClass()))
                .forEach(dependency -> offences.add(outermost(type) + " uses "
                        + outermost(dependency.getTargetClass().getBaseComponentType())));
        return offences;
    }

    private static String outermost(JavaClass type) {
        String name = type.getName();
        int inner = name.indexOf('$');
        return inner < 0 ? name : name.substring(0, inner);
    }

    private static String moduleOf(JavaClass type) {
        String rest = type.getPackageName().substring("io.lamella.".length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }

    private static Set<String> firmwareNames(String header) {
        Set<String> names = new TreeSet<>();
        String code = header.replaceAll("(?s)/\\*.*?\\*/", " ");
        for (Matcher found = FIRMWARE_NAME.matcher(code); found.find(); ) {
            names.add(found.group());
        }
        return names;
    }

    @Test
    void theHeaderNamesNoStructureOfTheFirmware() throws IOException {
        Path header = CCompiler.sources().resolve("include/lamella_core.h");
        String text = Files.readString(header);
        assertThat(firmwareNames(text)).isEmpty();
        assertThat(text.lines().filter(line -> line.startsWith("#include"))).containsExactly("#include <stdint.h>");
    }

    /** An interface and a client as they must not be. */
    public interface BadInterface {
        List<Struct> layouts();

        RmControl control(GspRelease release);

        GspAbi ABI = GspAbi.R570;
    }

    /** A record shows its components. */
    public record BadRecord(List<GspAbi> abis) {}

    @Test
    void whatMustNotBeIsFound() {
        JavaClasses bad = new ClassFileImporter().importClasses(BadInterface.class, BadRecord.class);
        assertThat(shown(bad.get(BadInterface.class)))
                .anyMatch(offence -> offence.contains("layouts() shows io.lamella.hw.struct.Struct"))
                .anyMatch(offence -> offence.contains("shows io.lamella.hw.gsp.RmControl"))
                .anyMatch(offence -> offence.contains("shows io.lamella.hw.gsp.GspRelease"))
                .anyMatch(offence -> offence.contains("ABI shows io.lamella.hw.gsp.GspAbi"));
        assertThat(shown(bad.get(BadRecord.class))).anyMatch(offence -> offence.contains("io.lamella.hw.gsp.GspAbi"));
        assertThat(uses(bad.get(BadInterface.class))).isNotEmpty();
        assertThat(firmwareNames("struct x { NV2080_CTRL_FB_INFO_PARAMS a; struct rpc_gsp_rm_control_v03_00 b; };"))
                .hasSize(2);
        assertThat(firmwareNames("/* r570 */ uint32_t plain;")).isEmpty();
    }
}
