// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.mmu.MemoryView;
import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.hw.method.Reduction;
import java.lang.invoke.VarHandle;

/**
 * Semaphores in memory, as host and engines use them. A release becomes visible after everything that the channel wrote before it, and its
 * payload after its time stamp.
 */
public final class Semaphore {
    private static final int TIMESTAMP_OFFSET = 8;

    private Semaphore() {}

    /** An address must be a multiple of this. */
    public static int alignment(boolean is64Bit, boolean timestamp) {
        return timestamp ? 16 : is64Bit ? 8 : 4;
    }

    /**
     * Releases.
     *
     * @param timeNanos the time stamp, written if {@code timestamp}
     */
    public static void release(
            MemoryView memory,
            boolean privileged,
            long address,
            long payload,
            boolean is64Bit,
            boolean timestamp,
            long timeNanos)
            throws MmuFault {
        VarHandle.fullFence();
        Access access = Access.write(privileged);
        if (timestamp) {
            memory.writeLong(address + TIMESTAMP_OFFSET, timeNanos, access);
            if (!is64Bit) {
                memory.writeInt(address + 4, 0, access);
            }
            VarHandle.fullFence();
        }
        write(memory, address, payload, is64Bit, access);
        VarHandle.fullFence();
    }

    /** Combines memory with the payload; an operation that does not exist changes nothing. */
    public static void reduce(
            MemoryView memory,
            boolean privileged,
            long address,
            Reduction operation,
            long payload,
            boolean is64Bit,
            boolean unsigned)
            throws MmuFault {
        VarHandle.fullFence();
        Access access = Access.atomic(privileged);
        long old = read(memory, address, is64Bit, access);
        write(memory, address, combine(operation, old, payload, is64Bit, unsigned), is64Bit, access);
        VarHandle.fullFence();
    }

    /** What memory holds afterwards; of 32 bits only the lower half counts. */
    static long combine(Reduction operation, long old, long payload, boolean is64Bit, boolean unsigned) {
        long left = extend(old, is64Bit, unsigned);
        long right = extend(payload, is64Bit, unsigned);
        boolean less = unsigned ? Long.compareUnsigned(left, right) < 0 : left < right;
        long oldUnsigned = extend(old, is64Bit, true);
        long payloadUnsigned = extend(payload, is64Bit, true);
        int order = Long.compareUnsigned(oldUnsigned, payloadUnsigned);
        return switch (operation) {
            case MIN -> less ? left : right;
            case MAX -> less ? right : left;
            case XOR -> left ^ right;
            case AND -> left & right;
            case OR -> left | right;
            case ADD -> left + right;
            case INC -> order >= 0 ? 0 : old + 1;
            case DEC -> oldUnsigned == 0 || order > 0 ? payload : old - 1;
            case INVALID -> old;
        };
    }

    private static long extend(long value, boolean is64Bit, boolean unsigned) {
        if (is64Bit) {
            return value;
        }
        return unsigned ? value & 0xffff_ffffL : (int) value;
    }

    /** What is there; of 32 bits, zero-extended. */
    public static long read(MemoryView memory, long address, boolean is64Bit, Access access) throws MmuFault {
        return is64Bit ? memory.readLong(address, access) : Integer.toUnsignedLong(memory.readInt(address, access));
    }

    private static void write(MemoryView memory, long address, long value, boolean is64Bit, Access access)
            throws MmuFault {
        if (is64Bit) {
            memory.writeLong(address, value, access);
        } else {
            memory.writeInt(address, (int) value, access);
        }
    }
}
