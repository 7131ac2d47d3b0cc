// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A message put together byte by byte, right or wrong. The header's size is that of the message unless {@link #size} says otherwise. */
public final class WireMessage {
    /** Numbers of the commands. */
    public static final int VERSION = 1;

    public static final int DMA_MAP = 2;
    public static final int DMA_UNMAP = 3;
    public static final int DEVICE_GET_INFO = 4;
    public static final int DEVICE_GET_REGION_INFO = 5;
    public static final int DEVICE_GET_REGION_IO_FDS = 6;
    public static final int DEVICE_GET_IRQ_INFO = 7;
    public static final int DEVICE_SET_IRQS = 8;
    public static final int REGION_READ = 9;
    public static final int REGION_WRITE = 10;
    public static final int DMA_READ = 11;
    public static final int DMA_WRITE = 12;
    public static final int DEVICE_RESET = 13;
    public static final int DIRTY_PAGES = 14;
    public static final int REGION_WRITE_MULTI = 15;
    public static final int DEVICE_FEATURE = 16;
    public static final int MIG_DATA_READ = 17;
    public static final int MIG_DATA_WRITE = 18;

    /** Bits of the header's flags. */
    public static final int REPLY = 1;

    public static final int NO_REPLY = 16;
    public static final int ERROR = 32;

    public static final int HEADER_BYTES = 16;

    private final int command;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int id;
    private int flags;
    private int error;
    private int size = -1;

    private WireMessage(int command) {
        this.command = command;
    }

    public static WireMessage of(int command) {
        return new WireMessage(command);
    }

    public WireMessage id(int value) {
        id = value;
        return this;
    }

    public WireMessage flags(int value) {
        flags = value;
        return this;
    }

    public WireMessage error(int value) {
        error = value;
        return this;
    }

    /** What the header says, whatever the message is. */
    public WireMessage size(int value) {
        size = value;
        return this;
    }

    public WireMessage u8(int... values) {
        for (int value : values) {
            body.write(value);
        }
        return this;
    }

    public WireMessage u16(int... values) {
        for (int value : values) {
            u8(value, value >> 8);
        }
        return this;
    }

    public WireMessage u32(int... values) {
        for (int value : values) {
            u16(value, value >> 16);
        }
        return this;
    }

    public WireMessage u64(long... values) {
        for (long value : values) {
            u32((int) value, (int) (value >> 32));
        }
        return this;
    }

    public WireMessage bytes(byte[] values) {
        body.writeBytes(values);
        return this;
    }

    /** That many zero bytes. */
    public WireMessage zeroes(int count) {
        return bytes(new byte[count]);
    }

    /** Cuts the body, or fills it up with zeroes, to this length. */
    public WireMessage bodyBytes(int length) {
        byte[] now = body.toByteArray();
        body.reset();
        return bytes(java.util.Arrays.copyOf(now, length));
    }

    public int id() {
        return id;
    }

    public int command() {
        return command;
    }

    public byte[] toBytes() {
        byte[] payload = body.toByteArray();
        return ByteBuffer.allocate(HEADER_BYTES + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) id)
                .putShort((short) command)
                .putInt(size < 0 ? HEADER_BYTES + payload.length : size)
                .putInt(flags)
                .putInt(error)
                .put(payload)
                .array();
    }

    /** What a client proposes. */
    public static WireMessage version(int major, int minor, String json) {
        return of(VERSION).u16(major, minor).bytes((json + "\0").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    public static WireMessage dmaMap(int flags, long fileOffset, long iova, long sizeBytes) {
        return of(DMA_MAP).u32(32, flags).u64(fileOffset, iova, sizeBytes);
    }

    public static WireMessage dmaUnmap(int flags, long iova, long sizeBytes) {
        return of(DMA_UNMAP).u32(24, flags).u64(iova, sizeBytes);
    }

    public static WireMessage deviceInfo(int argsz) {
        return of(DEVICE_GET_INFO).u32(argsz, 0, 0, 0);
    }

    public static WireMessage regionInfo(int argsz, int region) {
        return of(DEVICE_GET_REGION_INFO).u32(argsz, 0, region, 0).u64(0, 0);
    }

    public static WireMessage irqInfo(int argsz, int index) {
        return of(DEVICE_GET_IRQ_INFO).u32(argsz, 0, index, 0);
    }

    /** Without the data that some flags want. */
    public static WireMessage setIrqs(int flags, int index, int start, int count) {
        return of(DEVICE_SET_IRQS).u32(20, flags, index, start, count);
    }

    public static WireMessage regionRead(int region, long offset, int count) {
        return of(REGION_READ).u64(offset).u32(region, count);
    }

    public static WireMessage regionWrite(int region, long offset, byte[] data) {
        return of(REGION_WRITE).u64(offset).u32(region, data.length).bytes(data);
    }

    /** A write of 4 bytes. */
    public static WireMessage regionWrite32(int region, long offset, int value) {
        return of(REGION_WRITE).u64(offset).u32(region, 4).u32(value);
    }

    /** A write of 8 bytes. */
    public static WireMessage regionWrite64(int region, long offset, long value) {
        return of(REGION_WRITE).u64(offset).u32(region, 8).u64(value);
    }

    public static WireMessage deviceFeature(int argsz, int flags) {
        return of(DEVICE_FEATURE).u32(argsz, flags);
    }

    public static WireMessage reset() {
        return of(DEVICE_RESET);
    }
}
