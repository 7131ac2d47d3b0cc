// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One PCI function, as its driver or a virtual machine monitor meets it: the only thing that passes between hardware and driver.
 *
 * <p>The software GPU implements it, the vfio-user client implements it for a device in another process, and the vfio-user
 * server serves whatever implements it.
 *
 * <h2>Accesses</h2>
 *
 * Values are little-endian in the low bits of a {@code long}, zero-extended. A size is 1, 2, 4 or 8 bytes. An access may start at any
 * offset: what is not naturally aligned is carried out as naturally aligned pieces in rising order. What lies outside of
 * configuration space or of a BAR reads as ones and is dropped when written; an access that begins inside and ends outside does both
 * byte by byte. An absent BAR has size 0, so all of it is outside.
 *
 * <h2>Threads</h2>
 *
 * Configuration and BAR accesses come from one thread at a time. {@link #reset} and {@link #disconnect} come from that same thread.
 * A function may raise interrupts and use its {@link DmaSpace} from any thread of its own between {@link #connect} and the return of
 * {@link #disconnect}.
 */
public interface PciFunction {
    /** BAR indices run from 0 to 5; this one names the expansion ROM. */
    int ROM = 6;

    /** How many BARs there are, the ROM counted. */
    int BAR_COUNT = 7;

    /** Size of configuration space: 256 for conventional PCI, 4096 for PCI Express. */
    int configSizeBytes();

    /** Reads configuration space. */
    long readConfig(int offset, int sizeBytes);

    /** Writes configuration space; read-only bits keep their value. */
    void writeConfig(int offset, int sizeBytes, long value);

    /** What BAR {@code bar} looks like; {@link BarLayout#ABSENT} where there is none or {@code bar} is not 0 to 6. */
    BarLayout barLayout(int bar);

    /** Reads from a BAR at {@code offset} from its start. */
    long readBar(int bar, long offset, int sizeBytes);

    /** Writes to a BAR at {@code offset} from its start. */
    void writeBar(int bar, long offset, int sizeBytes, long value);

    /** Reads a run of bytes; the same as single accesses in rising order, and faster where the BAR is plain memory. */
    default void readBar(int bar, long offset, MemorySegment destination) {
        BulkAccess.read(this, bar, offset, destination);
    }

    /** Writes a run of bytes; the same as single accesses in rising order, and faster where the BAR is plain memory. */
    default void writeBar(int bar, long offset, MemorySegment source) {
        BulkAccess.write(this, bar, offset, source);
    }

    /** The parts of a BAR that a client may map into its own memory instead of calling; empty where every access is trapped. */
    default List<BarWindow> barWindows(int bar) {
        return List.of();
    }

    /** How many interrupts of a kind the function can raise. */
    int interruptCount(InterruptKind kind);

    /**
     * Gives the function the memory that it may reach and the way to interrupt.
     *
     * @throws IllegalStateException if it is connected already
     */
    void connect(DmaSpace dma, InterruptSink interrupts);

    /** Takes both away again. On return the function uses neither; its registers keep their values. Without effect if not connected. */
    void disconnect();

    /** Whether {@link #reset} does anything. */
    default boolean isResettable() {
        return true;
    }

    /** Function-level reset: the state of power-on, for this function only. Memory and interrupts stay connected. */
    void reset();
}
