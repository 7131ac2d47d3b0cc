// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * What each function has for itself, virtual ones too: the interrupt tree, mailboxes, the doorbells, TLB invalidation, and the page that user space may map. A virtual function has these at the start of its BAR0: take {@link #BASE} off.
 *
 * <p>Facts: nouveau nvkm/subdev/vfn/tu102.c and nvkm/subdev/mmu/vmmtu102.c, open-gpu-doc ampere/ga102/dev_vm, open-gpu-kernel-modules turing/tu102/dev_vm.h.
 */
public final class Vfn {
    /** Drops cached system memory. */
    public static final Loc.Fixed<Word> L2_SYSMEM_INVALIDATE =
            Loc.fixed("VFN.L2_SYSMEM_INVALIDATE", 0xb80f00, Word::new);

    /** Drops cached peer memory. */
    public static final Loc.Fixed<Word> L2_PEERMEM_INVALIDATE =
            Loc.fixed("VFN.L2_PEERMEM_INVALIDATE", 0xb80f04, Word::new);

    /** Instance block of BAR1. */
    public static final Loc.Fixed<BarBlock> BAR1_BLOCK = Loc.fixed("VFN.BAR1_BLOCK", 0xb80f40, BarBlock::new);

    /** Instance block of BAR2. */
    public static final Loc.Fixed<BarBlock> BAR2_BLOCK = Loc.fixed("VFN.BAR2_BLOCK", 0xb80f48, BarBlock::new);

    /** Whether a change of a block is still under way. */
    public static final Loc.Fixed<Word> BIND_STATUS = Loc.fixed("VFN.BIND_STATUS", 0xb80f50, Word::new);

    /** Pending interrupts; write ones to clear. */
    public static final Loc.Array<Word> LEAF = Loc.array("VFN.LEAF", 0xb81000, 8, 4, Word::new);

    /** Sets enables; reads them. */
    public static final Loc.Array<Word> LEAF_EN_SET = Loc.array("VFN.LEAF_EN_SET", 0xb81200, 8, 4, Word::new);

    /** Clears enables; reads them. */
    public static final Loc.Array<Word> LEAF_EN_CLEAR = Loc.array("VFN.LEAF_EN_CLEAR", 0xb81400, 8, 4, Word::new);

    /** Bit s: something is pending and enabled in leaf 2s or 2s+1. */
    public static final Loc.Fixed<Word> TOP = Loc.fixed("VFN.TOP", 0xb81600, Word::new);

    /** Sets enables of TOP; reads them. */
    public static final Loc.Fixed<Word> TOP_EN_SET = Loc.fixed("VFN.TOP_EN_SET", 0xb81608, Word::new);

    /** Clears enables of TOP; reads them. */
    public static final Loc.Fixed<Word> TOP_EN_CLEAR = Loc.fixed("VFN.TOP_EN_CLEAR", 0xb81610, Word::new);

    /** Makes a vector pending. */
    public static final Loc.Fixed<LeafTrigger> LEAF_TRIGGER = Loc.fixed("VFN.LEAF_TRIGGER", 0xb81640, LeafTrigger::new);

    /** Scratch between a function and the host. */
    public static final Loc.Array<Word> MAILBOX = Loc.array("VFN.MAILBOX", 0xb82100, 16, 4, Word::new);

    /** Rings the GSP: in a virtual function 0 asks for set-up of RPC and 1 says that a message is there. */
    public static final Loc.Fixed<Word> DOORBELL = Loc.fixed("VFN.DOORBELL", 0xb82200, Word::new);

    /** Timer of the function. */
    public static final Loc.Fixed<Word> TIMER = Loc.fixed("VFN.TIMER", 0xb82300, Word::new);

    /** Fault buffer (0 non-replayable, 1 replayable): address, low. */
    public static final Loc.Array<Word> FAULT_BUFFER_LO =
            Loc.array("VFN.FAULT_BUFFER_LO", 0xb83000, 2, 0x20, Word::new);

    /** Fault buffer: address, high. */
    public static final Loc.Array<Word> FAULT_BUFFER_HI =
            Loc.array("VFN.FAULT_BUFFER_HI", 0xb83004, 2, 0x20, Word::new);

    /** Fault buffer: read index. */
    public static final Loc.Array<Word> FAULT_BUFFER_GET =
            Loc.array("VFN.FAULT_BUFFER_GET", 0xb83008, 2, 0x20, Word::new);

    /** Fault buffer: write index. */
    public static final Loc.Array<Word> FAULT_BUFFER_PUT =
            Loc.array("VFN.FAULT_BUFFER_PUT", 0xb8300c, 2, 0x20, Word::new);

    /** Fault buffer: size and enable. */
    public static final Loc.Array<Word> FAULT_BUFFER_SIZE =
            Loc.array("VFN.FAULT_BUFFER_SIZE", 0xb83010, 2, 0x20, Word::new);

    /** Last fault: address, low. */
    public static final Loc.Fixed<Word> FAULT_ADDR_LO = Loc.fixed("VFN.FAULT_ADDR_LO", 0xb83080, Word::new);

    /** Last fault: address, high. */
    public static final Loc.Fixed<Word> FAULT_ADDR_HI = Loc.fixed("VFN.FAULT_ADDR_HI", 0xb83084, Word::new);

    /** Last fault: instance block, low. */
    public static final Loc.Fixed<Word> FAULT_INST_LO = Loc.fixed("VFN.FAULT_INST_LO", 0xb83088, Word::new);

    /** Last fault: instance block, high. */
    public static final Loc.Fixed<Word> FAULT_INST_HI = Loc.fixed("VFN.FAULT_INST_HI", 0xb8308c, Word::new);

    /** Last fault: what happened. */
    public static final Loc.Fixed<Word> FAULT_INFO = Loc.fixed("VFN.FAULT_INFO", 0xb83090, Word::new);

    /** State of the fault buffers. */
    public static final Loc.Fixed<Word> FAULT_STATUS = Loc.fixed("VFN.FAULT_STATUS", 0xb83094, Word::new);

    /** Page directory to invalidate. */
    public static final Loc.Fixed<TlbPdb> TLB_PDB = Loc.fixed("VFN.TLB_PDB", 0xb830a0, TlbPdb::new);

    /** The rest of the page directory's address. */
    public static final Loc.Fixed<Word> TLB_PDB_HI = Loc.fixed("VFN.TLB_PDB_HI", 0xb830a4, Word::new);

    /** Starts an invalidation; reads whether it is under way. */
    public static final Loc.Fixed<TlbInvalidate> TLB_INVALIDATE =
            Loc.fixed("VFN.TLB_INVALIDATE", 0xb830b0, TlbInvalidate::new);

    /** Access counters. */
    public static final Loc.Array<Word> ACCESS_COUNTER = Loc.array("VFN.ACCESS_COUNTER", 0xb83100, 8, 4, Word::new);

    /** Copy of PTIMER, bits 31:0. */
    public static final Loc.Fixed<Word> USER_TIME_0 = Loc.fixed("VFN.USER_TIME_0", 0xbb0080, Word::new);

    /** Copy of PTIMER, bits 63:32. */
    public static final Loc.Fixed<Word> USER_TIME_1 = Loc.fixed("VFN.USER_TIME_1", 0xbb0084, Word::new);

    /** Says that a channel has work. */
    public static final Loc.Fixed<UserDoorbell> USER_DOORBELL =
            Loc.fixed("VFN.USER_DOORBELL", 0xbb0090, UserDoorbell::new);

    /** Error containment. */
    public static final Loc.Fixed<Word> USER_ERROR_CONTAINMENT =
            Loc.fixed("VFN.USER_ERROR_CONTAINMENT", 0xbb0094, Word::new);

    /** Where the block begins in the BAR0 of a physical function. */
    public static final int BASE = 0xb80000;

    /** Bytes of the block, which are all that a virtual function's BAR0 has. */
    public static final int SIZE_BYTES = 0x40000;

    /** Leaves of the interrupt tree. */
    public static final int LEAF_COUNT = 8;

    /** Table of MSI-X. */
    public static final Window MSIX_TABLE = new Window("VFN.MSIX_TABLE", 0xb90000, 0x1000);

    /** Pending bits of MSI-X. */
    public static final Window MSIX_PBA = new Window("VFN.MSIX_PBA", 0xba0000, 0x1000);

    /** The part that user space may map. */
    public static final Window USER = new Window("VFN.USER", 0xbb0000, 0x10000);

    /** Leaf of an interrupt vector. */
    public static int leafOf(int vector) {
        return vector >>> 5;
    }

    /** Bit of an interrupt vector in its leaf. */
    public static int leafBitOf(int vector) {
        return 1 << (vector & 31);
    }

    /** Bit in TOP that stands for a leaf. */
    public static int topBitOf(int leaf) {
        return 1 << (leaf >>> 1);
    }

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(
            L2_SYSMEM_INVALIDATE,
            L2_PEERMEM_INVALIDATE,
            BAR1_BLOCK,
            BAR2_BLOCK,
            BIND_STATUS,
            LEAF,
            LEAF_EN_SET,
            LEAF_EN_CLEAR,
            TOP,
            TOP_EN_SET,
            TOP_EN_CLEAR,
            LEAF_TRIGGER,
            MAILBOX,
            DOORBELL,
            TIMER,
            FAULT_BUFFER_LO,
            FAULT_BUFFER_HI,
            FAULT_BUFFER_GET,
            FAULT_BUFFER_PUT,
            FAULT_BUFFER_SIZE,
            FAULT_ADDR_LO,
            FAULT_ADDR_HI,
            FAULT_INST_LO,
            FAULT_INST_HI,
            FAULT_INFO,
            FAULT_STATUS,
            TLB_PDB,
            TLB_PDB_HI,
            TLB_INVALIDATE,
            ACCESS_COUNTER,
            USER_TIME_0,
            USER_TIME_1,
            USER_DOORBELL,
            USER_ERROR_CONTAINMENT);

    private Vfn() {}

    /**
     * Where the instance block of a BAR is.
     *
     * @param raw the word
     */
    public record BarBlock(int raw) implements Reg32 {
        private static final Field VIRTUAL = Field.bit(31);
        private static final Field TARGET = Field.bits(29, 28);
        private static final Field POINTER = Field.bits(27, 0);

        /** Bit 31: translated, not physical. */
        public boolean virtual() {
            return VIRTUAL.isSet(raw);
        }

        public BarBlock withVirtual(boolean value) {
            return new BarBlock(VIRTUAL.with(raw, value));
        }

        /** Bits 29:28: 0 video memory, 2 coherent system memory, 3 non-coherent. */
        public int target() {
            return TARGET.get(raw);
        }

        public BarBlock withTarget(int value) {
            return new BarBlock(TARGET.with(raw, value));
        }

        /** Bits 27:0: address in units of 4 KiB. */
        public int pointer() {
            return POINTER.get(raw);
        }

        public BarBlock withPointer(int value) {
            return new BarBlock(POINTER.with(raw, value));
        }
    }

    /**
     * Makes a vector pending.
     *
     * @param raw the word
     */
    public record LeafTrigger(int raw) implements Reg32 {
        private static final Field VECTOR = Field.bits(11, 0);

        /** Bits 11:0: interrupt vector. */
        public int vector() {
            return VECTOR.get(raw);
        }

        public LeafTrigger withVector(int value) {
            return new LeafTrigger(VECTOR.with(raw, value));
        }
    }

    /**
     * Page directory to invalidate.
     *
     * @param raw the word
     */
    public record TlbPdb(int raw) implements Reg32 {
        private static final Field ADDRESS = Field.bits(31, 4);
        private static final Field APERTURE = Field.bit(1);

        /** Bits 31:4: bits 39:12 of the address. */
        public int address() {
            return ADDRESS.get(raw);
        }

        public TlbPdb withAddress(int value) {
            return new TlbPdb(ADDRESS.with(raw, value));
        }

        /** Bit 1: 0 video memory, 1 system memory. */
        public boolean aperture() {
            return APERTURE.isSet(raw);
        }

        public TlbPdb withAperture(boolean value) {
            return new TlbPdb(APERTURE.with(raw, value));
        }
    }

    /**
     * Starts an invalidation; reads whether it is under way.
     *
     * @param raw the word
     */
    public record TlbInvalidate(int raw) implements Reg32 {
        private static final Field TRIGGER = Field.bit(31);
        private static final Field CACHE_LEVEL = Field.bits(26, 24);
        private static final Field ACK = Field.bits(8, 7);
        private static final Field SYSMEMBAR = Field.bit(6);
        private static final Field REPLAY = Field.bits(5, 3);
        private static final Field HUB_ONLY = Field.bit(2);
        private static final Field ALL_PDB = Field.bit(1);
        private static final Field ALL_VA = Field.bit(0);

        /** Bit 31: write to start; reads 0 when done. */
        public boolean trigger() {
            return TRIGGER.isSet(raw);
        }

        public TlbInvalidate withTrigger(boolean value) {
            return new TlbInvalidate(TRIGGER.with(raw, value));
        }

        /** Bits 26:24: how far up entries are dropped. */
        public int cacheLevel() {
            return CACHE_LEVEL.get(raw);
        }

        public TlbInvalidate withCacheLevel(int value) {
            return new TlbInvalidate(CACHE_LEVEL.with(raw, value));
        }

        /** Bits 8:7: how completion is acknowledged. */
        public int ack() {
            return ACK.get(raw);
        }

        public TlbInvalidate withAck(int value) {
            return new TlbInvalidate(ACK.with(raw, value));
        }

        /** Bit 6: also order system memory. */
        public boolean sysmembar() {
            return SYSMEMBAR.isSet(raw);
        }

        public TlbInvalidate withSysmembar(boolean value) {
            return new TlbInvalidate(SYSMEMBAR.with(raw, value));
        }

        /** Bits 5:3: what replayed faults do. */
        public int replay() {
            return REPLAY.get(raw);
        }

        public TlbInvalidate withReplay(int value) {
            return new TlbInvalidate(REPLAY.with(raw, value));
        }

        /** Bit 2: only the hub's TLB. */
        public boolean hubOnly() {
            return HUB_ONLY.isSet(raw);
        }

        public TlbInvalidate withHubOnly(boolean value) {
            return new TlbInvalidate(HUB_ONLY.with(raw, value));
        }

        /** Bit 1: every page directory. */
        public boolean allPdb() {
            return ALL_PDB.isSet(raw);
        }

        public TlbInvalidate withAllPdb(boolean value) {
            return new TlbInvalidate(ALL_PDB.with(raw, value));
        }

        /** Bit 0: every address. */
        public boolean allVa() {
            return ALL_VA.isSet(raw);
        }

        public TlbInvalidate withAllVa(boolean value) {
            return new TlbInvalidate(ALL_VA.with(raw, value));
        }
    }

    /**
     * Says that a channel has work.
     *
     * @param raw the word
     */
    public record UserDoorbell(int raw) implements Reg32 {
        private static final Field RUNLIST_DOORBELL = Field.bit(30);
        private static final Field RUNLIST = Field.bits(22, 16);
        private static final Field CHANNEL = Field.bits(11, 0);

        /** Bit 30: runlist and channel say where the work is; GB20x needs it, AD10x has no such bit. */
        public boolean runlistDoorbell() {
            return RUNLIST_DOORBELL.isSet(raw);
        }

        public UserDoorbell withRunlistDoorbell(boolean value) {
            return new UserDoorbell(RUNLIST_DOORBELL.with(raw, value));
        }

        /** Bits 22:16: runlist of the channel. */
        public int runlist() {
            return RUNLIST.get(raw);
        }

        public UserDoorbell withRunlist(int value) {
            return new UserDoorbell(RUNLIST.with(raw, value));
        }

        /** Bits 11:0: channel id on the runlist. */
        public int channel() {
            return CHANNEL.get(raw);
        }

        public UserDoorbell withChannel(int value) {
            return new UserDoorbell(CHANNEL.with(raw, value));
        }
    }
}
