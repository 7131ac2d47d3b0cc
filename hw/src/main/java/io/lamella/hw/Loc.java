// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw;

import java.util.function.IntFunction;

/**
 * Where a register is: its manual's name, its offset and how to read its bits. Declared once, next to the register's value type, and used
 * by the device, the driver, traces and tests alike. Offsets are bytes from the start of BAR0.
 *
 * @param <R> the register's value type
 */
public sealed interface Loc<R extends Reg32> {
    /** The manual's name, such as {@code PMC.BOOT_0}. */
    String name();

    /** Makes a value from a raw word. */
    IntFunction<R> type();

    /** A register with one place. */
    record Fixed<R extends Reg32>(String name, int offset, IntFunction<R> type) implements Loc<R> {
        public R of(int raw) {
            return type.apply(raw);
        }
    }

    /** {@code count} registers, {@code strideBytes} apart. */
    record Array<R extends Reg32>(String name, int offset, int count, int strideBytes, IntFunction<R> type)
            implements Loc<R> {
        /** Offset of one of them. @throws IndexOutOfBoundsException if there is no such register */
        public int offset(int index) {
            return offset + java.util.Objects.checkIndex(index, count) * strideBytes;
        }

        public Fixed<R> at(int index) {
            return new Fixed<>(name + "(" + index + ")", offset(index), type);
        }
    }

    /** A register that several units have, at an offset from each unit's base. */
    record Relative<R extends Reg32>(String name, int offset, IntFunction<R> type) implements Loc<R> {
        public Fixed<R> in(Base base) {
            return new Fixed<>(base.name() + "." + name, base.offset() + offset, type);
        }
    }

    /** {@code count} registers that several units have, {@code strideBytes} apart, at an offset from each unit's base. */
    record RelativeArray<R extends Reg32>(String name, int offset, int count, int strideBytes, IntFunction<R> type)
            implements Loc<R> {
        public Array<R> in(Base base) {
            return new Array<>(base.name() + "." + name, base.offset() + offset, count, strideBytes, type);
        }
    }

    /** Where a unit's registers begin. */
    record Base(String name, int offset) {}

    static <R extends Reg32> Fixed<R> fixed(String name, int offset, IntFunction<R> type) {
        return new Fixed<>(name, offset, type);
    }

    static <R extends Reg32> Array<R> array(String name, int offset, int count, int strideBytes, IntFunction<R> type) {
        return new Array<>(name, offset, count, strideBytes, type);
    }

    static <R extends Reg32> Relative<R> relative(String name, int offset, IntFunction<R> type) {
        return new Relative<>(name, offset, type);
    }

    static <R extends Reg32> RelativeArray<R> relativeArray(
            String name, int offset, int count, int strideBytes, IntFunction<R> type) {
        return new RelativeArray<>(name, offset, count, strideBytes, type);
    }
}
