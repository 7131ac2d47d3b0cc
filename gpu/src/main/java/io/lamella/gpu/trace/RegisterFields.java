// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import io.lamella.hw.reg.Word;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a register's value, by the accessors of its declaration: every public method of the value's record without parameters that
 * gives a number, a flag or an enum is a field. For readers of traces; nothing here is on the path of an access.
 */
final class RegisterFields {
    private static final Map<Class<?>, List<Accessor>> KNOWN = new ConcurrentHashMap<>();

    private static final Pattern PLACES = Pattern.compile(
            "(?i).*(address|base|chipset|architecture|revision|offset|data|mask|token|instance|pdb|magic)");

    private record Accessor(String name, Method method, int lowestBit) {}

    private RegisterFields() {}

    /** Name to value, the lowest bits first; flags that are not set are left out. */
    static Map<String, Object> of(Loc.Fixed<?> register, int raw) {
        Reg32 value = register.of(raw);
        if (value instanceof Word) {
            return Map.of();
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Accessor accessor : KNOWN.computeIfAbsent(value.getClass(), ignored -> accessors(register))) {
            Object field = get(accessor.method, value);
            if (field != null && !Boolean.FALSE.equals(field)) {
                fields.put(accessor.name, isPlace(accessor.name) ? hex(field) : field);
            }
        }
        return fields;
    }

    /** Fields that people read as hexadecimal. */
    private static boolean isPlace(String name) {
        return PLACES.matcher(name).matches();
    }

    private static Object hex(Object field) {
        return field instanceof Long number ? "0x" + Long.toHexString(number) : field;
    }

    private static List<Accessor> accessors(Loc.Fixed<?> register) {
        List<Accessor> found = new ArrayList<>();
        for (Method method : register.of(0).getClass().getMethods()) {
            if (method.getParameterCount() == 0
                    && !Modifier.isStatic(method.getModifiers())
                    && isValue(method.getReturnType())
                    && !List.of("raw", "hashCode").contains(method.getName())) {
                found.add(new Accessor(method.getName(), method, lowestBit(register, method)));
            }
        }
        found.sort(Comparator.comparingInt(Accessor::lowestBit).thenComparing(Accessor::name));
        return List.copyOf(found);
    }

    private static boolean isValue(Class<?> type) {
        return type == int.class || type == long.class || type == boolean.class || type.isEnum();
    }

    /** The lowest bit of the word that the accessor looks at. */
    private static int lowestBit(Loc.Fixed<?> register, Method method) {
        Object zero = get(method, register.of(0));
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            Object one = get(method, register.of(1 << bit));
            if (one == null || !one.equals(zero)) {
                return bit;
            }
        }
        return Integer.SIZE;
    }

    private static @Nullable Object get(Method method, Reg32 value) {
        try {
            Object got = method.invoke(value);
            return got instanceof Integer number ? Long.valueOf(Integer.toUnsignedLong(number)) : got;
        } catch (ReflectiveOperationException e) {
            // An accessor that refuses a value has nothing to say of it.
            return null;
        }
    }
}
