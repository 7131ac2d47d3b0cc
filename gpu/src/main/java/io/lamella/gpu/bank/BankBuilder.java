// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.bank;

import io.lamella.hw.Loc;
import io.lamella.hw.reg.Window;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/** Collects the registers of a bank. Every method refuses what overlaps, is unaligned or lies outside, with the names of both. */
public final class BankBuilder {
    private final int sizeBytes;
    private final TreeMap<Integer, Cell> cells = new TreeMap<>();

    /** A bank of {@code sizeBytes}, a multiple of 4096. */
    public BankBuilder(int sizeBytes) {
        if (sizeBytes <= 0 || sizeBytes % RegisterBank.PAGE_BYTES != 0) {
            throw new IllegalArgumentException("A bank of " + sizeBytes + " bytes: it must be whole pages of 4096.");
        }
        this.sizeBytes = sizeBytes;
    }

    /** A register that always reads the same. */
    public BankBuilder constant(Loc.Fixed<?> loc, int value) {
        return constant(loc.name(), loc.offset(), value);
    }

    public BankBuilder constant(String name, int offset, int value) {
        add(offset, 4, new Cell.Constant(name, value));
        return this;
    }

    /** A register that keeps what is written to all of its bits; 0 at power-on. */
    public Cell.Storage storage(Loc.Fixed<?> loc) {
        return storage(loc.name(), loc.offset(), 0, -1);
    }

    /** A register with a power-on value and a mask of the bits that the driver may change. */
    public Cell.Storage storage(Loc.Fixed<?> loc, int resetValue, int writable) {
        return storage(loc.name(), loc.offset(), resetValue, writable);
    }

    public Cell.Storage storage(String name, int offset, int resetValue, int writable) {
        Cell.Storage cell = new Cell.Storage(name, resetValue, writable);
        add(offset, 4, cell);
        return cell;
    }

    /** A computed register. A partial write keeps the other bytes as they read. */
    public BankBuilder hook(Loc.Fixed<?> loc, IntSupplier reader, IntConsumer writer) {
        return hook(loc.name(), loc.offset(), reader, writer);
    }

    public BankBuilder hook(String name, int offset, IntSupplier reader, IntConsumer writer) {
        add(offset, 4, new Cell.Hook(name, reader, writer, false));
        return this;
    }

    /** A computed register that acts on the ones written (clear, set, trigger). Bytes that a write leaves out count as zero. */
    public BankBuilder command(Loc.Fixed<?> loc, IntSupplier reader, IntConsumer writer) {
        return command(loc.name(), loc.offset(), reader, writer);
    }

    public BankBuilder command(String name, int offset, IntSupplier reader, IntConsumer writer) {
        add(offset, 4, new Cell.Hook(name, reader, writer, true));
        return this;
    }

    /** A data port, of which reading too moves something on. Bytes that a write leaves out count as zero. */
    public BankBuilder port(Loc.Fixed<?> loc, IntSupplier reader, IntConsumer writer) {
        add(loc.offset(), 4, new Cell.Port(loc.name(), reader, writer));
        return this;
    }

    /** A computed register that cannot be written. */
    public BankBuilder readOnly(Loc.Fixed<?> loc, IntSupplier reader) {
        return readOnly(loc.name(), loc.offset(), reader);
    }

    public BankBuilder readOnly(String name, int offset, IntSupplier reader) {
        add(offset, 4, new Cell.Hook(name, reader, ignored -> {}, false));
        return this;
    }

    /** A run of bytes that {@code target} answers for. */
    public BankBuilder window(String name, int offset, int windowBytes, WindowTarget target) {
        add(offset, windowBytes, new Cell.Window(name, offset, windowBytes, target));
        return this;
    }

    public BankBuilder window(Window window, WindowTarget target) {
        return window(window.name(), window.offset(), window.sizeBytes(), target);
    }

    private void add(int offset, int length, Cell cell) {
        if (offset < 0 || offset % 4 != 0 || length <= 0 || length % 4 != 0 || length > sizeBytes - offset) {
            throw new IllegalArgumentException(cell.name() + " at " + hex(offset) + " of " + length
                    + " bytes is not aligned to 4 bytes or not inside the bank of " + hex(sizeBytes) + " bytes.");
        }
        Map.Entry<Integer, Cell> below = cells.lowerEntry(offset + length);
        if (below != null && below.getKey() + length(below.getValue()) > offset) {
            throw new IllegalArgumentException(cell.name() + " at " + hex(offset) + " overlaps "
                    + below.getValue().name() + " at " + hex(below.getKey()) + ".");
        }
        cells.put(offset, cell);
    }

    static int length(Cell cell) {
        return cell instanceof Cell.Window window ? window.sizeBytes() : 4;
    }

    static String hex(int value) {
        return "0x" + Integer.toHexString(value);
    }

    public RegisterBank build() {
        return new RegisterBank(sizeBytes, cells);
    }
}
