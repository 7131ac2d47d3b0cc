// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.method;

import static io.lamella.hw.Field.bit;
import static io.lamella.hw.Field.bits;

import io.lamella.hw.Field;
import io.lamella.hw.Reg32;

/** Methods that host itself executes, on any subchannel: class AMPERE_CHANNEL_GPFIFO_A (clc56f.h). */
public enum HostMethod implements ClassMethod {
    /** Binds an object to the subchannel; {@link SetObject}. */
    SET_OBJECT(0x00),
    /** Stops the channel with an error, on purpose. */
    ILLEGAL(0x04),
    NOP(0x08),
    /** Upper address bits 39:32 of the older semaphore. */
    SEMAPHOREA(0x10),
    /** Lower address bits, 31:2. */
    SEMAPHOREB(0x14),
    /** Payload. */
    SEMAPHOREC(0x18),
    /** Executes the older semaphore; {@link SemaphoreD}. */
    SEMAPHORED(0x1c),
    /** Raises the runlist engine's non-stall interrupt. */
    NON_STALL_INTERRUPT(0x20),
    FB_FLUSH(0x24),
    MEM_OP_A(0x28),
    MEM_OP_B(0x2c),
    MEM_OP_C(0x30),
    /** Executes a memory operation; {@link MemOpD}. */
    MEM_OP_D(0x34),
    SET_REFERENCE(0x50),
    /** Address bits 31:2 of the newer semaphore. */
    SEM_ADDR_LO(0x5c),
    /** Address bits 39:32. */
    SEM_ADDR_HI(0x60),
    SEM_PAYLOAD_LO(0x64),
    SEM_PAYLOAD_HI(0x68),
    /** Executes the newer semaphore; {@link SemExecute}. */
    SEM_EXECUTE(0x6c),
    /** Waits until the engine is idle. */
    WFI(0x78),
    /** Gives up the rest of the time slice; {@link Yield}. */
    YIELD(0x80),
    CLEAR_FAULTED(0x84);

    /** The first offset that is not host's but the bound object's. */
    public static final int FIRST_ENGINE_OFFSET = 0x100;

    /** The class. */
    public static final int CLASS_ID = 0xc56f;

    /** Subchannels of a channel. */
    public static final int SUBCHANNELS = 8;

    private final int offset;

    HostMethod(int offset) {
        this.offset = offset;
    }

    @Override
    public int offset() {
        return offset;
    }

    /** Data of {@link #SET_OBJECT}. */
    public record SetObject(int raw) implements Reg32 {
        private static final Field NVCLASS = bits(15, 0);
        private static final Field ENGINE = bits(20, 16);

        /** The class number. */
        public int classId() {
            return NVCLASS.get(raw);
        }

        /** 0x1f for a software object. */
        public int engine() {
            return ENGINE.get(raw);
        }
    }

    /** Data of {@link #SEMAPHORED}. */
    public record SemaphoreD(int raw) implements Reg32 {
        public static final int ACQUIRE = 1;
        public static final int RELEASE = 2;
        /** Acquire when memory is not below the payload, counting round. */
        public static final int ACQ_GEQ = 4;
        /** Acquire when memory and payload share a bit. */
        public static final int ACQ_AND = 8;

        public static final int REDUCTION = 16;

        private static final Field OPERATION = bits(4, 0);
        private static final Field ACQUIRE_SWITCH = bit(12);
        private static final Field RELEASE_WFI = bit(20);
        private static final Field RELEASE_SIZE = bit(24);
        private static final Field REDUCTION_OPERATION = bits(30, 27);
        private static final Field FORMAT = bit(31);

        public int operation() {
            return OPERATION.get(raw);
        }

        /** Whether an acquire that fails lets another channel run. */
        public boolean switchesOnFailure() {
            return ACQUIRE_SWITCH.isSet(raw);
        }

        /** Whether a release waits for the engine first; 0 in the word means that it does. */
        public boolean waitsForIdle() {
            return !RELEASE_WFI.isSet(raw);
        }

        /** Whether a release writes 16 bytes, the time stamp among them; else 4. */
        public boolean writesTimestamp() {
            return !RELEASE_SIZE.isSet(raw);
        }

        public Reduction reduction() {
            return Reduction.of(REDUCTION_OPERATION.get(raw));
        }

        public boolean isUnsigned() {
            return FORMAT.isSet(raw);
        }
    }

    /** Data of {@link #SEM_EXECUTE}. */
    public record SemExecute(int raw) implements Reg32 {
        public static final int ACQUIRE = 0;
        public static final int RELEASE = 1;
        /** Acquire when memory is not below the payload. */
        public static final int ACQ_STRICT_GEQ = 2;
        /** The same, counting round. */
        public static final int ACQ_CIRC_GEQ = 3;
        /** Acquire when memory and payload share a bit. */
        public static final int ACQ_AND = 4;
        /** Acquire when memory and payload together leave a bit clear. */
        public static final int ACQ_NOR = 5;

        public static final int REDUCTION = 6;

        private static final Field OPERATION = bits(2, 0);
        private static final Field ACQUIRE_SWITCH_TSG = bit(12);
        private static final Field RELEASE_WFI = bit(20);
        private static final Field PAYLOAD_SIZE = bit(24);
        private static final Field RELEASE_TIMESTAMP = bit(25);
        private static final Field REDUCTION_OPERATION = bits(30, 27);
        private static final Field REDUCTION_FORMAT = bit(31);

        public int operation() {
            return OPERATION.get(raw);
        }

        public boolean switchesOnFailure() {
            return ACQUIRE_SWITCH_TSG.isSet(raw);
        }

        public boolean waitsForIdle() {
            return RELEASE_WFI.isSet(raw);
        }

        /** Whether the payload has 64 bits; else 32. */
        public boolean is64Bit() {
            return PAYLOAD_SIZE.isSet(raw);
        }

        public boolean writesTimestamp() {
            return RELEASE_TIMESTAMP.isSet(raw);
        }

        public Reduction reduction() {
            return Reduction.of(REDUCTION_OPERATION.get(raw));
        }

        public boolean isUnsigned() {
            return REDUCTION_FORMAT.isSet(raw);
        }
    }

    /** Data of {@link #MEM_OP_C}, for a TLB invalidation or a barrier. */
    public record MemOpC(int raw) implements Reg32 {
        private static final Field PDB_ALL = bit(0);
        private static final Field PDB_APERTURE = bits(11, 10);
        private static final Field PDB_ADDR_LO = bits(31, 12);

        /** Whether every address space is meant, not the one named. */
        public boolean invalidatesAll() {
            return PDB_ALL.isSet(raw);
        }

        /** 0 video memory, 2 coherent and 3 non-coherent system memory. */
        public int pdbAperture() {
            return PDB_APERTURE.get(raw);
        }

        /** Bits 31:12 of the page directory's address, in place. */
        public long pdbAddressLow() {
            return Integer.toUnsignedLong(raw & PDB_ADDR_LO.mask());
        }
    }

    /** Data of {@link #MEM_OP_D}. */
    public record MemOpD(int raw) implements Reg32 {
        public static final int MEMBAR = 0x05;
        public static final int MMU_TLB_INVALIDATE = 0x09;
        public static final int MMU_TLB_INVALIDATE_TARGETED = 0x0a;
        public static final int L2_PEERMEM_INVALIDATE = 0x0d;
        public static final int L2_SYSMEM_INVALIDATE = 0x0e;
        public static final int L2_CLEAN_COMPTAGS = 0x0f;
        public static final int L2_FLUSH_DIRTY = 0x10;
        public static final int L2_WAIT_FOR_SYS_PENDING_READS = 0x15;
        public static final int ACCESS_COUNTER_CLR = 0x16;

        private static final Field PDB_ADDR_HI = bits(26, 0);
        private static final Field OPERATION = bits(31, 27);

        public int operation() {
            return OPERATION.get(raw);
        }

        /** Bits 58:32 of the page directory's address, shifted into place. */
        public long pdbAddressHigh() {
            return (long) PDB_ADDR_HI.get(raw) << 32;
        }
    }

    /** Data of {@link #YIELD}. */
    public record Yield(int raw) implements Reg32 {
        private static final Field OP = bits(1, 0);

        /** Whether the whole channel group gives way; else nothing happens. */
        public boolean yieldsGroup() {
            return OP.get(raw) == 3;
        }
    }
}
