// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.bank;

import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/** What is behind one 32-bit register, or behind a window of many. */
public sealed interface Cell {
    /** The register's name. */
    String name();

    /** Reads the register as the driver does. */
    int read();

    /** Writes the bytes of the register that {@code byteMask} has ones for; the other bytes of {@code value} are zero. */
    void write(int value, int byteMask);

    /** The value, without what reading does; for people. */
    int peek();

    /** The state of power-on, for cells that hold their own value. */
    default void reset() {}

    /** One word on what it is, for listings. */
    String kind();

    /** Always the same value. */
    record Constant(String name, int value) implements Cell {
        @Override
        public int read() {
            return value;
        }

        @Override
        public void write(int written, int byteMask) {}

        @Override
        public int peek() {
            return value;
        }

        @Override
        public String kind() {
            return "constant";
        }
    }

    /** Keeps what is written, where it is writable. */
    final class Storage implements Cell {
        private final String name;
        private final int resetValue;
        private final int writable;
        private volatile int value;

        Storage(String name, int resetValue, int writable) {
            this.name = name;
            this.resetValue = resetValue;
            this.writable = writable;
            this.value = resetValue;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int read() {
            return value;
        }

        @Override
        public void write(int written, int byteMask) {
            int mask = writable & byteMask;
            value = (value & ~mask) | (written & mask);
        }

        /** Changes the value from the model's side, read-only bits too. */
        public void set(int newValue) {
            value = newValue;
        }

        @Override
        public int peek() {
            return value;
        }

        @Override
        public void reset() {
            value = resetValue;
        }

        @Override
        public String kind() {
            return "storage";
        }
    }

    /**
     * Computed on reading, acted on when written.
     *
     * @param reader has no side effect, so that people may look
     * @param commandLike whether a write acts on its ones only, so that bytes not written count as zero; otherwise they keep their value
     */
    record Hook(String name, IntSupplier reader, IntConsumer writer, boolean commandLike) implements Cell {
        @Override
        public int read() {
            return reader.getAsInt();
        }

        @Override
        public void write(int written, int byteMask) {
            int kept = commandLike || byteMask == -1 ? 0 : reader.getAsInt() & ~byteMask;
            writer.accept(kept | (written & byteMask));
        }

        @Override
        public int peek() {
            return reader.getAsInt();
        }

        @Override
        public String kind() {
            return commandLike ? "command" : "hook";
        }
    }

    /** A data port: reading and writing both move something on. Listings do not read it. */
    record Port(String name, IntSupplier reader, IntConsumer writer) implements Cell {
        @Override
        public int read() {
            return reader.getAsInt();
        }

        @Override
        public void write(int written, int byteMask) {
            writer.accept(written & byteMask);
        }

        @Override
        public int peek() {
            return 0;
        }

        @Override
        public String kind() {
            return "port";
        }
    }

    /**
     * A run of bytes that something else answers for.
     *
     * @param offset where it begins, from the start of the bank
     * @param sizeBytes a multiple of 4
     */
    record Window(String name, int offset, int sizeBytes, WindowTarget target) implements Cell {
        @Override
        public int read() {
            return (int) target.read(0, 4);
        }

        @Override
        public void write(int written, int byteMask) {
            throw new IllegalStateException("The bank hands a window its accesses itself.");
        }

        @Override
        public int peek() {
            return 0;
        }

        @Override
        public String kind() {
            return "window";
        }
    }
}
