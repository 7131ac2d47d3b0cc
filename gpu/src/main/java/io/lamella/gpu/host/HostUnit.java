// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.mmu.AddressSpace;
import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.HostMethod.MemOpD;
import io.lamella.hw.method.HostMethod.SemExecute;
import io.lamella.hw.method.HostMethod.SemaphoreD;
import io.lamella.hw.method.HostMethod.Yield;
import io.lamella.hw.method.Reduction;
import java.lang.invoke.VarHandle;

/**
 * The methods that host itself executes, of one channel. Work of engines is over before the next method comes, so waiting for idle takes no
 * time.
 */
final class HostUnit {
    /** Offset of a method as an index. */
    private static final HostMethod[] METHODS = new HostMethod[HostMethod.FIRST_ENGINE_OFFSET / 4];

    static {
        for (HostMethod method : HostMethod.values()) {
            METHODS[method.offset() / 4] = method;
        }
    }

    /** How an acquire compares. */
    private enum Test {
        EQUAL,
        STRICT_GEQ,
        CIRCULAR_GEQ,
        AND,
        NOR
    }

    private final EngineContext context;
    private final AddressSpace space;
    private final int addressHighMask;
    private int semaphoreA;
    private int semaphoreB;
    private int semaphoreC;
    private int addressLow;
    private int addressHigh;
    private int payloadLow;
    private int payloadHigh;
    private boolean acquiring;
    private boolean yielded;
    private Test test = Test.EQUAL;
    private long acquireAddress;
    private long acquirePayload;
    private boolean acquire64Bit;

    HostUnit(EngineContext context, AddressSpace space) {
        this.context = context;
        this.space = space;
        addressHighMask = (1 << (context.runlist().semaphoreAddressBits() - 32)) - 1;
    }

    /** Whether an acquire has not succeeded yet. */
    boolean isAcquiring() {
        return acquiring;
    }

    /** Whether the channel gave up its turn; asking takes that back. */
    boolean takeYield() {
        boolean was = yielded;
        yielded = false;
        return was;
    }

    /** Looks at the semaphore again. */
    boolean tryAcquire() throws MmuFault {
        VarHandle.fullFence();
        long value = Semaphore.read(space, acquireAddress, acquire64Bit, Access.read(context.isPrivileged()));
        long all = acquire64Bit ? -1 : 0xffff_ffffL;
        boolean met = switch (test) {
            case EQUAL -> value == acquirePayload;
            case STRICT_GEQ -> Long.compareUnsigned(value, acquirePayload) >= 0;
            case CIRCULAR_GEQ -> acquire64Bit ? value - acquirePayload >= 0 : (int) value - (int) acquirePayload >= 0;
            case AND -> (value & acquirePayload) != 0;
            case NOR -> (value | acquirePayload) != all;
        };
        if (met) {
            acquiring = false;
        }
        return met;
    }

    /** What it waits for, as a sentence. */
    String acquireSentence() {
        return "The semaphore at 0x" + Long.toHexString(acquireAddress) + " did not become " + test + " 0x"
                + Long.toHexString(acquirePayload) + " in time.";
    }

    void method(int offset, int data) throws ChannelFault, MmuFault {
        HostMethod method = METHODS[offset / 4];
        if (method == null) {
            throw ChannelFault.pushBuffer("Host has no method 0x" + Integer.toHexString(offset) + ".");
        }
        switch (method) {
            case SEMAPHOREA -> semaphoreA = data;
            case SEMAPHOREB -> semaphoreB = data;
            case SEMAPHOREC -> semaphoreC = data;
            case SEMAPHORED -> semaphore(data);
            case SEM_ADDR_LO -> addressLow = data;
            case SEM_ADDR_HI -> addressHigh = data;
            case SEM_PAYLOAD_LO -> payloadLow = data;
            case SEM_PAYLOAD_HI -> payloadHigh = data;
            case SEM_EXECUTE -> execute(data);
            case NON_STALL_INTERRUPT -> context.raiseNonStall();
            case MEM_OP_D -> memoryOperation(new MemOpD(data).operation());
            case YIELD -> yielded = new Yield(data).yieldsGroup();
            case ILLEGAL -> throw ChannelFault.pushBuffer("Method ILLEGAL was executed.");
            case FB_FLUSH -> VarHandle.fullFence();
            // The operands of an invalidation: every kind of it empties all caches of the function, which is always
            // right.
            case MEM_OP_A, MEM_OP_B, MEM_OP_C -> {}
            case NOP, SET_REFERENCE, WFI, CLEAR_FAULTED -> {}
            case SET_OBJECT -> throw new IllegalStateException("SET_OBJECT is the channel's.");
        }
    }

    private void memoryOperation(int operation) throws ChannelFault {
        switch (operation) {
            case MemOpD.MMU_TLB_INVALIDATE, MemOpD.MMU_TLB_INVALIDATE_TARGETED -> space.invalidate();
            case MemOpD.MEMBAR,
                    MemOpD.L2_PEERMEM_INVALIDATE,
                    MemOpD.L2_SYSMEM_INVALIDATE,
                    MemOpD.L2_CLEAN_COMPTAGS,
                    MemOpD.L2_FLUSH_DIRTY,
                    MemOpD.L2_WAIT_FOR_SYS_PENDING_READS,
                    MemOpD.ACCESS_COUNTER_CLR -> VarHandle.fullFence();
            default ->
                throw ChannelFault.pushBuffer("MEM_OP_D has no operation 0x" + Integer.toHexString(operation) + ".");
        }
    }

    // Words are passed as numbers: a record that is passed on may become an object each time.

    private void semaphore(int raw) throws ChannelFault, MmuFault {
        SemaphoreD word = new SemaphoreD(raw);
        long address = address(semaphoreA, semaphoreB);
        long payload = Integer.toUnsignedLong(semaphoreC);
        switch (word.operation()) {
            case SemaphoreD.ACQUIRE -> acquire(Test.EQUAL, address, payload, false);
            case SemaphoreD.ACQ_GEQ -> acquire(Test.CIRCULAR_GEQ, address, payload, false);
            case SemaphoreD.ACQ_AND -> acquire(Test.AND, address, payload, false);
            case SemaphoreD.RELEASE -> release(address, payload, false, word.writesTimestamp());
            case SemaphoreD.REDUCTION ->
                reduce(address, word.reduction(), payload, false, word.isUnsigned(), word.writesTimestamp());
            default -> throw ChannelFault.pushBuffer("SEMAPHORED has no operation " + word.operation() + ".");
        }
    }

    private void execute(int raw) throws ChannelFault, MmuFault {
        SemExecute word = new SemExecute(raw);
        long address = address(addressHigh, addressLow);
        boolean is64Bit = word.is64Bit();
        long payload = Integer.toUnsignedLong(payloadLow) | (is64Bit ? (long) payloadHigh << 32 : 0);
        switch (word.operation()) {
            case SemExecute.ACQUIRE -> acquire(Test.EQUAL, address, payload, is64Bit);
            case SemExecute.ACQ_STRICT_GEQ -> acquire(Test.STRICT_GEQ, address, payload, is64Bit);
            case SemExecute.ACQ_CIRC_GEQ -> acquire(Test.CIRCULAR_GEQ, address, payload, is64Bit);
            case SemExecute.ACQ_AND -> acquire(Test.AND, address, payload, is64Bit);
            case SemExecute.ACQ_NOR -> acquire(Test.NOR, address, payload, is64Bit);
            case SemExecute.RELEASE -> release(address, payload, is64Bit, word.writesTimestamp());
            case SemExecute.REDUCTION ->
                reduce(address, word.reduction(), payload, is64Bit, word.isUnsigned(), word.writesTimestamp());
            default -> throw ChannelFault.pushBuffer("SEM_EXECUTE has no operation " + word.operation() + ".");
        }
    }

    private long address(int high, int low) {
        return (long) (high & addressHighMask) << 32 | Integer.toUnsignedLong(low & ~3);
    }

    private static void requireAligned(long address, boolean is64Bit, boolean timestamp) throws ChannelFault {
        int alignment = Semaphore.alignment(is64Bit, timestamp);
        if ((address & alignment - 1) != 0) {
            throw ChannelFault.pushBuffer("The semaphore at 0x" + Long.toHexString(address)
                    + " must be at a multiple of " + alignment + " bytes.");
        }
    }

    private void acquire(Test wanted, long address, long payload, boolean is64Bit) throws ChannelFault, MmuFault {
        requireAligned(address, is64Bit, false);
        test = wanted;
        acquireAddress = address;
        acquirePayload = payload;
        acquire64Bit = is64Bit;
        acquiring = true;
        boolean ignored = tryAcquire();
    }

    private void release(long address, long payload, boolean is64Bit, boolean timestamp) throws ChannelFault, MmuFault {
        requireAligned(address, is64Bit, timestamp);
        long time = timestamp ? context.timeNanos() : 0;
        Semaphore.release(space, context.isPrivileged(), address, payload, is64Bit, timestamp, time);
    }

    private void reduce(
            long address, Reduction operation, long payload, boolean is64Bit, boolean unsigned, boolean timestamp)
            throws ChannelFault, MmuFault {
        requireAligned(address, is64Bit, timestamp);
        if (operation == Reduction.INVALID) {
            throw ChannelFault.pushBuffer("A semaphore has no such reduction.");
        }
        if (timestamp) {
            space.writeLong(address + 8, context.timeNanos(), Access.write(context.isPrivileged()));
        }
        Semaphore.reduce(space, context.isPrivileged(), address, operation, payload, is64Bit, unsigned);
    }
}
