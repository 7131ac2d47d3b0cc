// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.BarMapping;
import io.lamella.core.device.Device;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A mapping into BAR1 that a session holds. */
final class HeldMapping extends Held implements BarMapping, HeldMemory.Use {
    private static final int FILL_BYTES = 0x1_0000;

    private final HeldFb range;
    private final long barOffset;
    private final long fbAddress;
    private final long sizeBytes;
    // Read by accesses, written by the end: an access is over before its addresses can be somebody else's.
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    HeldMapping(ClientSession session, HeldFb range, long barOffset, long fbAddress, long sizeBytes) {
        super(session, range.label());
        this.range = range;
        this.barOffset = barOffset;
        this.fbAddress = fbAddress;
        this.sizeBytes = sizeBytes;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public long barOffset() {
        return barOffset;
    }

    private long at(long offset, long lengthBytes) {
        checkHeld();
        return barOffset + Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes);
    }

    private Device device() {
        return session().core().device();
    }

    @Override
    public int readInt(long offset) {
        Lock reading = use.readLock();
        reading.lock();
        try {
            return device().readBar(Device.BAR1, at(offset, 4));
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void writeInt(long offset, int value) {
        Lock reading = use.readLock();
        reading.lock();
        try {
            device().writeBar(Device.BAR1, at(offset, 4), value);
        } finally {
            reading.unlock();
        }
    }

    @Override
    public long readLong(long offset) {
        Lock reading = use.readLock();
        reading.lock();
        try {
            return device().readBar(Device.BAR1, at(offset, 8), 8);
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void writeLong(long offset, long value) {
        Lock reading = use.readLock();
        reading.lock();
        try {
            device().writeBar(Device.BAR1, at(offset, 8), 8, value);
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void read(long offset, MemorySegment destination) {
        Lock reading = use.readLock();
        reading.lock();
        try {
            device().readBar(Device.BAR1, at(offset, destination.byteSize()), destination);
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void write(long offset, MemorySegment source) {
        Lock reading = use.readLock();
        reading.lock();
        try {
            device().writeBar(Device.BAR1, at(offset, source.byteSize()), source);
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void fill(long offset, long lengthBytes, byte value) {
        Lock reading = use.readLock();
        reading.lock();
        try {
            long start = at(offset, lengthBytes);
            MemorySegment block = MemorySegment.ofArray(new byte[(int) Math.min(FILL_BYTES, lengthBytes)]);
            block.fill(value);
            for (long done = 0; done < lengthBytes; ) {
                long part = Math.min(block.byteSize(), lengthBytes - done);
                device().writeBar(Device.BAR1, start + done, block.asSlice(0, part));
                done += part;
            }
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void end() {
        close();
    }

    @Override
    void release() {
        range.remove(this);
        Lock writing = use.writeLock();
        writing.lock();
        try {
            session().core().bar1().unmap(barOffset, fbAddress, sizeBytes);
        } finally {
            writing.unlock();
        }
    }

    @Override
    void giveUp() {
        range.remove(this);
    }

    @Override
    String describe() {
        return String.format("BAR1 mapping of \"%s\" (0x%x, %d bytes)", label(), barOffset, sizeBytes);
    }
}
