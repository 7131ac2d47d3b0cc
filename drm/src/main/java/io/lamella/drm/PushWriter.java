// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.EngineInfo;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.PushBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes methods of a copy engine into memory, for a {@link Push}. Addresses are in the VM. Not thread-safe.
 *
 * <p>Facts from NVIDIA's open-gpu-doc, classes/dma-copy and classes/host.
 */
public final class PushWriter {
    private static final int SUBCHANNEL = 4;
    /** The most of one launch; the engine counts bytes and lines in 32 bits. */
    private static final long MOST_LAUNCH_BYTES = 1L << 30;

    private static final int NON_PIPELINED = 2;
    private static final int FLUSH = 1 << 2;
    private static final int SOURCE_PITCH = 1 << 7;
    private static final int TARGET_PITCH = 1 << 8;
    private static final int MULTI_LINE = 1 << 9;
    private static final int REMAP = 1 << 10;
    private static final int LAUNCH = NON_PIPELINED | FLUSH | SOURCE_PITCH | TARGET_PITCH;
    /** Every component of four bytes, of which there is one, is constant A. */
    private static final int FILL_WITH_CONSTANT = CopyMethod.RemapComponents.CONST_A | 3 << 16;

    private final MemorySegment memory;
    private final long address;
    private int begin;
    private int end;

    /**
     * Writes from the start of the memory.
     *
     * @param memory that the CPU and the GPU see
     * @param address where it is bound
     */
    public PushWriter(MemorySegment memory, long address) {
        this.memory = memory;
        this.address = address;
    }

    /** Makes the engine's object the one that the methods here are for. Once per channel, before the others. */
    public PushWriter bind(EngineInfo engine) {
        return method(HostMethod.SET_OBJECT.offset(), engine.engineClass());
    }

    /** Copies bytes. */
    public PushWriter copy(long from, long to, long sizeBytes) {
        check(sizeBytes);
        for (long done = 0; done < sizeBytes; done += MOST_LAUNCH_BYTES) {
            addresses(from + done, to + done);
            method(CopyMethod.LINE_LENGTH_IN.offset(), (int) Math.min(MOST_LAUNCH_BYTES, sizeBytes - done));
            method(CopyMethod.LAUNCH_DMA.offset(), LAUNCH);
        }
        return this;
    }

    /**
     * Copies a rectangle.
     *
     * @param fromPitch bytes from one line of the source to the next
     * @param lineBytes of each line, at least 1
     * @param lines how many, at least 1
     */
    public PushWriter copyLines(long from, int fromPitch, long to, int toPitch, int lineBytes, int lines) {
        check(lineBytes);
        check(lines);
        addresses(from, to);
        method(CopyMethod.PITCH_IN.offset(), fromPitch, toPitch, lineBytes, lines);
        return method(CopyMethod.LAUNCH_DMA.offset(), LAUNCH | MULTI_LINE);
    }

    /**
     * Fills words of four bytes.
     *
     * @param to a multiple of 4
     * @param sizeBytes a multiple of 4
     */
    public PushWriter fill(long to, long sizeBytes, int word) {
        check(sizeBytes);
        if (sizeBytes % 4 != 0 || to % 4 != 0) {
            throw new CoreException(
                    CoreError.INVALID, "A fill goes by words of four bytes, not " + sizeBytes + " bytes.");
        }
        method(CopyMethod.SET_REMAP_CONST_A.offset(), word);
        method(CopyMethod.SET_REMAP_COMPONENTS.offset(), FILL_WITH_CONSTANT);
        for (long done = 0; done < sizeBytes; done += MOST_LAUNCH_BYTES) {
            method(CopyMethod.OFFSET_OUT_UPPER.offset(), (int) ((to + done) >>> 32), (int) (to + done));
            method(CopyMethod.LINE_LENGTH_IN.offset(), (int) (Math.min(MOST_LAUNCH_BYTES, sizeBytes - done) / 4));
            method(CopyMethod.LAUNCH_DMA.offset(), LAUNCH | REMAP);
        }
        return this;
    }

    private static void check(long count) {
        if (count < 1) {
            throw new CoreException(CoreError.INVALID, "There is nothing to do for " + count + " bytes or lines.");
        }
    }

    private void addresses(long from, long to) {
        method(CopyMethod.OFFSET_IN_UPPER.offset(), (int) (from >>> 32), (int) from, (int) (to >>> 32), (int) to);
    }

    /**
     * Any method, with data for it and those that follow it.
     *
     * @throws CoreException {@code NO_SPACE} if the memory is full
     */
    public PushWriter method(int offset, int... data) {
        if ((data.length + 1L) * Integer.BYTES > memory.byteSize() - end) {
            throw new CoreException(CoreError.NO_SPACE, "The push buffer of " + memory.byteSize() + " bytes is full.");
        }
        word(PushBuffer.incrementing(SUBCHANNEL, offset, data.length));
        for (int value : data) {
            word(value);
        }
        return this;
    }

    private void word(int value) {
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, end, value);
        end += Integer.BYTES;
    }

    /** What was written since the last call. @throws CoreException {@code INVALID} if nothing was */
    public Push push() {
        if (end == begin) {
            throw new CoreException(CoreError.INVALID, "Nothing was written.");
        }
        Push push = new Push(address + begin, end - begin);
        begin = end;
        return push;
    }

    /** Writes from the start again. What was written before must have been done. */
    public void rewind() {
        begin = 0;
        end = 0;
    }
}
