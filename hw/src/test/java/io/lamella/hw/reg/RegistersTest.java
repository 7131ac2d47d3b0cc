// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the declarations with a list taken from elsewhere, so that device and driver cannot share a mistake unseen. */
class RegistersTest {
    private static Stream<String> lines(boolean registers) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RegistersTest.class.getResourceAsStream("registers.txt")),
                StandardCharsets.UTF_8))) {
            List<String> lines = reader.lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .filter(line -> line.contains(" 0x") == registers)
                    .toList();
            assertThat(lines).hasSizeGreaterThan(60);
            return lines.stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<String> registers() {
        return lines(true);
    }

    static Stream<String> fields() {
        return lines(false);
    }

    @ParameterizedTest
    @MethodSource("registers")
    void registerIsWhereTheManualHasIt(String line) {
        String[] parts = line.split(" ", -1);
        int offset = Integer.decode(parts[1]);
        if (parts.length == 2) {
            assertThat(offsetOf(parts[0])).isEqualTo(offset);
            return;
        }
        String[] shape = parts[2].substring(1).split("\\+", -1);
        int count = Integer.parseInt(shape[0]);
        int stride = Integer.parseInt(shape[1]);
        for (int i = 0; i < count; i++) {
            assertThat(offsetOf(parts[0] + "(" + i + ")")).isEqualTo(offset + i * stride);
        }
        assertThat(Registers.all()).noneMatch(loc -> loc.name().equals(parts[0] + "(" + count + ")"));
    }

    private static int offsetOf(String name) {
        return Registers.all().stream()
                .filter(loc -> loc.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("No register " + name))
                .offset();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void fieldHasTheManualsBits(String line) throws ReflectiveOperationException {
        String[] parts = line.split(" ", -1);
        String[] path = parts[0].split("\\.", -1);
        String[] bits = parts[1].split(":", -1);
        int high = Integer.parseInt(bits[0]);
        int low = Integer.parseInt(bits[1]);
        int mask = (int) (((1L << (high - low + 1)) - 1) << low);

        Class<?> type = Class.forName("io.lamella.hw.reg." + path[0] + "$" + path[1]);
        assertThat(read(type, path[2], mask)).isEqualTo(mask >>> low);
        assertThat(read(type, path[2], ~mask)).isZero();
        assertThat(write(type, path[2], 0, mask >>> low)).isEqualTo(mask);
        assertThat(write(type, path[2], -1, 0)).isEqualTo(~mask);
    }

    private static int read(Class<?> type, String accessor, int raw) throws ReflectiveOperationException {
        Object value = type.getMethod(accessor).invoke(make(type, raw));
        return value instanceof Boolean set ? (set ? 1 : 0) : (Integer) Objects.requireNonNull(value);
    }

    private static int write(Class<?> type, String accessor, int raw, int value) throws ReflectiveOperationException {
        boolean bit = type.getMethod(accessor).getReturnType() == boolean.class;
        String name = "with" + accessor.substring(0, 1).toUpperCase(Locale.ROOT) + accessor.substring(1);
        Method wither = type.getMethod(name, bit ? boolean.class : int.class);
        Object changed = bit ? wither.invoke(make(type, raw), value != 0) : wither.invoke(make(type, raw), value);
        return ((Reg32) Objects.requireNonNull(changed)).raw();
    }

    private static Object make(Class<?> type, int raw) throws ReflectiveOperationException {
        return type.getConstructor(int.class).newInstance(raw);
    }

    @Test
    void noTwoRegistersShareAPlaceOrAName() {
        Map<Integer, String> offsets = new HashMap<>();
        Map<String, Integer> names = new HashMap<>();
        for (Loc.Fixed<?> loc : Registers.all()) {
            assertThat(loc.offset() & 3).as(loc.name()).isZero();
            assertThat(loc.offset()).as(loc.name()).isBetween(0, (16 << 20) - 4);
            assertThat(offsets.put(loc.offset(), loc.name())).as(loc.name()).isNull();
            assertThat(names.put(loc.name(), loc.offset())).as(loc.name()).isNull();
        }
    }

    @Test
    void windowsDoNotOverlap() {
        List<Window> windows = Registers.windows();
        for (Window a : windows) {
            for (Window b : windows) {
                boolean apart = a.offset() + a.sizeBytes() <= b.offset() || b.offset() + b.sizeBytes() <= a.offset();
                assertThat(a.equals(b) || apart)
                        .as("%s and %s", a.name(), b.name())
                        .isTrue();
            }
        }
    }

    @Test
    void placesHaveNames() {
        assertThat(Registers.nameOf(0x110c00)).isEqualTo("GSP.QUEUE_HEAD(0)");
        assertThat(Registers.nameOf(0x110c02)).isEqualTo("GSP.QUEUE_HEAD(0)");
        assertThat(Registers.nameOf(0x700010)).isEqualTo("PRAMIN+0x10");
        assertThat(Registers.nameOf(0x88704)).isEqualTo("XVE.MSI_REARM");
        assertThat(Registers.nameOf(0x123454)).isEqualTo("0x123454");
        assertThat(Registers.at(0xa00)).contains(Pmc.BOOT_42);
    }

    @Test
    void aValueThatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> new Pmc.Boot42(0).withImplementation(16)).isInstanceOf(IllegalArgumentException.class);
        int boot42 = new Pmc.Boot42(0)
                .withArchitecture(0x19)
                .withImplementation(2)
                .withMajorRevision(0xa)
                .withMinorRevision(1)
                .raw();
        assertThat(boot42).isEqualTo(0x192a1000);
    }

    @Test
    void interruptVectorsMapToLeaves() {
        assertThat(Vfn.leafOf(0x40)).isEqualTo(2);
        assertThat(Vfn.leafBitOf(0x40)).isEqualTo(1);
        assertThat(Vfn.topBitOf(2)).isEqualTo(2);
        assertThat(Vfn.topBitOf(1)).isEqualTo(1);
        assertThat(Vfn.leafBitOf(0x9a)).isEqualTo(1 << 26);
    }
}
