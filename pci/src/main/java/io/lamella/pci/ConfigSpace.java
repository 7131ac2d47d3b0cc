// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The configuration space of a function, as registers: values, which bits a driver may write, and which it clears by writing ones. Made
 * by {@link ConfigSpaceBuilder}. {@link #read} and {@link #write} are the driver's side, with the rules of {@link PciFunction} for every
 * offset and size; {@code get} and {@code set} are the function's own side, and know no read-only bits. None of them allocates.
 *
 * <p>BAR registers need no code: the address bits below the size are read-only zeroes, so sizing works by itself. The number of virtual
 * functions keeps its value while they are enabled. Everything else that a write should bring about is the listener's.
 *
 * <p>Not synchronised: one thread at a time, as for a {@link PciFunction}. Another thread that looks sees each byte as it was at some time.
 */
public final class ConfigSpace {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Offsets of the type 0 header. */
    public static final int VENDOR_ID = 0x00;

    public static final int DEVICE_ID = 0x02;
    public static final int COMMAND = 0x04;
    public static final int STATUS = 0x06;
    public static final int REVISION_ID = 0x08;
    public static final int CLASS_CODE = 0x09;
    public static final int HEADER_TYPE = 0x0e;
    public static final int BAR0 = 0x10;
    public static final int SUBSYSTEM_VENDOR_ID = 0x2c;
    public static final int SUBSYSTEM_ID = 0x2e;
    public static final int ROM_BAR = 0x30;
    public static final int CAPABILITIES_POINTER = 0x34;
    public static final int INTERRUPT_LINE = 0x3c;
    public static final int INTERRUPT_PIN = 0x3d;
    public static final int EXTENDED_CAPABILITIES = 0x100;

    /** Bits of the command register. */
    public static final int COMMAND_MEMORY = 1 << 1;

    public static final int COMMAND_BUS_MASTER = 1 << 2;
    public static final int COMMAND_INTX_DISABLE = 1 << 10;

    /** Told of a driver's write after it has taken effect. */
    @FunctionalInterface
    public interface WriteListener {
        /** Bytes {@code offset} to {@code offset + sizeBytes - 1} were written, whether or not a bit of them changed. */
        void written(int offset, int sizeBytes);
    }

    private final byte[] powerOn;
    private final byte[] values;
    private final byte[] writable;
    private final byte[] clearedByOne;
    private final int expressOffset;
    private final int msiOffset;
    private final int msixOffset;
    private final int sriovOffset;
    private @Nullable WriteListener listener;

    ConfigSpace(byte[] powerOn, byte[] writable, byte[] clearedByOne) {
        this.powerOn = powerOn;
        this.values = powerOn.clone();
        this.writable = writable;
        this.clearedByOne = clearedByOne;
        this.expressOffset = findCapability(CapabilityId.EXPRESS);
        this.msiOffset = findCapability(CapabilityId.MSI);
        this.msixOffset = findCapability(CapabilityId.MSI_X);
        this.sriovOffset = findExtendedCapability(CapabilityId.EXTENDED_SRIOV);
    }

    /** Who is told of a driver's writes; one at the most. */
    public void onWrite(@Nullable WriteListener writeListener) {
        listener = writeListener;
    }

    /** 256 or 4096. */
    public int sizeBytes() {
        return values.length;
    }

    /** A driver's read; what is outside reads as ones. */
    public long read(int offset, int sizeBytes) {
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) {
            int at = offset + i;
            value = value << 8 | (at >= 0 && at < values.length ? values[at] & 0xff : 0xff);
        }
        return value;
    }

    /** A driver's write; read-only bits keep their value and what is outside is dropped. */
    public void write(int offset, int sizeBytes, long value) {
        if (offset < 0 || offset >= values.length) {
            return;
        }
        int inside = Math.min(sizeBytes, values.length - offset);
        int virtualFunctions = sriovOffset != 0 && isSet(sriovOffset + 8, 1) ? getShort(sriovOffset + 0x10) : -1;
        for (int i = 0; i < inside; i++) {
            int at = offset + i;
            int written = (int) (value >>> (8 * i)) & 0xff;
            int kept = values[at] & ~writable[at] & ~(written & clearedByOne[at]);
            values[at] = (byte) (kept | (written & writable[at]));
        }
        if (virtualFunctions >= 0) {
            setShort(sriovOffset + 0x10, virtualFunctions);
        }
        if (listener != null) {
            listener.written(offset, inside);
        }
    }

    /** Every register as at power-on. The listener stays and is not called. */
    public void reset() {
        System.arraycopy(powerOn, 0, values, 0, values.length);
    }

    public int getByte(int offset) {
        return values[offset] & 0xff;
    }

    public int getShort(int offset) {
        return (short) SHORT.get(values, offset) & 0xffff;
    }

    public int getInt(int offset) {
        return (int) INT.get(values, offset);
    }

    public void setByte(int offset, int value) {
        values[offset] = (byte) value;
    }

    public void setShort(int offset, int value) {
        SHORT.set(values, offset, (short) value);
    }

    public void setInt(int offset, int value) {
        INT.set(values, offset, value);
    }

    private boolean isSet(int offset, int bit) {
        return (getShort(offset) & bit) != 0;
    }

    /** Whether the function answers to memory accesses. */
    public boolean isMemoryEnabled() {
        return isSet(COMMAND, COMMAND_MEMORY);
    }

    /** Whether the function may do DMA and send message-signalled interrupts. */
    public boolean isBusMaster() {
        return isSet(COMMAND, COMMAND_BUS_MASTER);
    }

    /** Whether the pin is switched off by the command register. */
    public boolean isPinDisabled() {
        return isSet(COMMAND, COMMAND_INTX_DISABLE);
    }

    /** Whether the driver has switched MSI on. */
    public boolean isMsiEnabled() {
        return msiOffset != 0 && isSet(msiOffset + 2, 1);
    }

    /** How many MSI vectors the driver has granted: 1, 2, 4 up to 32; 0 while MSI is off. */
    public int msiVectors() {
        return isMsiEnabled() ? 1 << Math.min(5, (getShort(msiOffset + 2) >> 4) & 7) : 0;
    }

    /** Whether the driver has switched MSI-X on. */
    public boolean isMsixEnabled() {
        return msixOffset != 0 && isSet(msixOffset + 2, 1 << 15);
    }

    /** Whether MSI-X is on but all its vectors are masked at once. */
    public boolean isMsixMasked() {
        return msixOffset != 0 && isSet(msixOffset + 2, 1 << 14);
    }

    /** True once after a driver has asked for a function-level reset; the bit clears itself. Ask from the write listener. */
    public boolean takeFunctionLevelReset() {
        if (expressOffset == 0 || !isSet(expressOffset + 8, 1 << 15)) {
            return false;
        }
        setShort(expressOffset + 8, getShort(expressOffset + 8) & 0x7fff);
        return (getInt(expressOffset + 4) & (1 << 28)) != 0;
    }

    /** Whether virtual functions are enabled. */
    public boolean isSriovEnabled() {
        return sriovOffset != 0 && isSet(sriovOffset + 8, 1);
    }

    /** NumVFs of the SR-IOV capability, 0 without one. */
    public int virtualFunctions() {
        return sriovOffset == 0 ? 0 : getShort(sriovOffset + 0x10);
    }

    /** The address in BAR register {@code bar}, 0 to 5, of 64 bits if that BAR is wide. */
    public long barAddress(int bar) {
        if (bar < 0 || bar > 5) {
            throw new IndexOutOfBoundsException("BAR " + bar + ": there are 0 to 5.");
        }
        int at = BAR0 + 4 * bar;
        int low = getInt(at);
        long address = Integer.toUnsignedLong(low & ~0xf);
        return (low & 4) != 0 && bar < 5 ? address | ((long) getInt(at + 4) << 32) : address;
    }

    /** Where capability {@code id} begins, or 0. */
    public int findCapability(int id) {
        int at = getByte(CAPABILITIES_POINTER) & ~3;
        for (int i = 0; at >= 0x40 && i < 48; i++) {
            if (getByte(at) == id) {
                return at;
            }
            at = getByte(at + 1) & ~3;
        }
        return 0;
    }

    /** Where extended capability {@code id} begins, or 0. */
    public int findExtendedCapability(int id) {
        int at = EXTENDED_CAPABILITIES;
        for (int i = 0; at >= EXTENDED_CAPABILITIES && at < values.length && i < 960; i++) {
            int header = getInt(at);
            if (header != 0 && (header & 0xffff) == id) {
                return at;
            }
            at = header >>> 20 & ~3;
        }
        return 0;
    }
}
