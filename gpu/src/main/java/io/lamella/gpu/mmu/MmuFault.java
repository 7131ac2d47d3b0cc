// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

/** An access of an engine that memory management refused. Without a stack: a guest can cause as many as it likes. */
public final class MmuFault extends Exception {
    private static final long serialVersionUID = 1L;

    /** What was wrong; with the number that the hardware has for it (open-gpu-kernel-modules, NV_PFAULT_FAULT_TYPE). */
    public enum Type {
        NOTHING_MAPPED(2, "nothing is mapped there"),
        OUTSIDE_ADDRESS_SPACE(3, "virtual addresses have 49 bits"),
        NO_PAGE_DIRECTORY(4, "its address space has no page directory"),
        PRIVILEGE(5, "the page is for privileged channels only"),
        READ_ONLY(6, "the page is read-only"),
        APERTURE(10, "no such kind of memory can be reached"),
        REGION(13, "the page table leads out of the memory that the function has"),
        ATOMIC(15, "the page forbids atomic operations");

        private final int number;
        private final String sentence;

        Type(int number, String sentence) {
            this.number = number;
            this.sentence = sentence;
        }

        public int number() {
            return number;
        }
    }

    private final Type type;
    private final long address;
    private final boolean write;

    MmuFault(Type type, long address, boolean write) {
        super(null, null, false, false);
        this.type = type;
        this.address = address;
        this.write = write;
    }

    public Type type() {
        return type;
    }

    /** The address that was used: virtual, or physical for physical accesses. */
    public long address() {
        return address;
    }

    public boolean isWrite() {
        return write;
    }

    @Override
    public String getMessage() {
        return "A " + (write ? "write to" : "read of") + " 0x" + Long.toHexString(address) + " failed: " + type.sentence
                + ".";
    }
}
