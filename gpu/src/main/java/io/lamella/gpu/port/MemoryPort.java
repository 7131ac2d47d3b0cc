// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.pci.BarWindow;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The memory side of one function: its part of the frame buffer and the ways to it. BAR accesses come from the serving thread, are naturally
 * aligned, 1, 2, 4 or 8 bytes long and inside the BAR; values are little-endian, zero-extended. Frame-buffer accesses come from any thread.
 */
public interface MemoryPort extends AutoCloseable {
    /** Adds this side's registers: the PRAMIN window and its base, flush, TLB invalidation, the BAR blocks. */
    void addRegisters(BankBuilder bank);

    long readBar1(long offset, int sizeBytes);

    void writeBar1(long offset, int sizeBytes, long value);

    /** A run of bytes inside the BAR. */
    void readBar1(long offset, MemorySegment destination);

    void writeBar1(long offset, MemorySegment source);

    /** The instance aperture, the PCI BAR with index 3. */
    long readBar2(long offset, int sizeBytes);

    void writeBar2(long offset, int sizeBytes, long value);

    void readBar2(long offset, MemorySegment destination);

    void writeBar2(long offset, MemorySegment source);

    /** The parts of BAR1 that a client may map. */
    default List<BarWindow> bar1Windows() {
        return List.of();
    }

    /** Size of the function's own frame buffer. */
    long frameBufferBytes();

    /** Copies from the function's own frame buffer; what lies outside reads as ones. */
    void readFrameBuffer(long address, MemorySegment destination);

    /** Copies to the function's own frame buffer; what lies outside is dropped. */
    void writeFrameBuffer(long address, MemorySegment source);

    /** Function-level reset: registers, roots and translations as at power-on. The frame buffer keeps its content. */
    void reset();

    /** Frees everything; never throws; may come twice. */
    @Override
    void close();
}
