// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.Userd;
import java.lang.foreign.MemorySegment;

/** Fetches a channel's push buffer: the ring's entries, and the words of the segments that they name. Tells the driver in USERD how far it is. */
final class PushReader {
    private static final int WORDS = 256;
    private static final int VALID = 1 << 31;
    private static final int OPCODE_ILLEGAL = 1;

    private final ChannelSpec spec;
    private final FbSegment fb;
    private final Access access;
    private final long ringAddress;
    private final int[] words = new int[WORDS];
    private final MemorySegment wordsMemory = MemorySegment.ofArray(words);
    private int next;
    private int count;
    private int get;
    private long segmentAddress;
    private int segmentWords;
    private boolean subroutine;
    private boolean inSegment;

    PushReader(ChannelSpec spec) {
        this.spec = spec;
        fb = spec.space().memory().fb();
        access = Access.read(spec.privileged());
        // As the hardware has no place for the low bits, no entry can cross a page.
        ringAddress = spec.gpFifoAddress() & -GpFifo.ENTRY_BYTES;
    }

    /** Whether {@link #word} has one. */
    boolean hasWord() {
        return next < count;
    }

    int word() {
        return words[next++];
    }

    /** What is left of the segment is not looked at. */
    void endSegment() {
        next = count;
        segmentWords = 0;
    }

    /**
     * Gets more words.
     *
     * @return whether there was a step to take; if not, the driver has given no more
     */
    boolean fetch() throws ChannelFault, MmuFault {
        if (segmentWords > 0) {
            int length = Math.min(segmentWords, WORDS);
            spec.space().read(segmentAddress, wordsMemory, length * 4L, access);
            next = 0;
            count = length;
            segmentWords -= length;
            segmentAddress += length * 4L;
            return true;
        }
        if (inSegment) {
            inSegment = false;
            tell();
        }
        int put = fb.readInt(spec.userdAddress() + Userd.GP_PUT);
        if (Integer.compareUnsigned(put, spec.gpFifoEntries()) >= 0) {
            throw ChannelFault.pushBuffer("GP_PUT is " + Integer.toUnsignedString(put) + " in a ring of "
                    + spec.gpFifoEntries() + " entries.");
        }
        if (put == get) {
            return false;
        }
        long entry = spec.space().readLong(ringAddress + (long) get * GpFifo.ENTRY_BYTES, access);
        get = get + 1 == spec.gpFifoEntries() ? 0 : get + 1;
        fb.writeInt(spec.userdAddress() + Userd.GP_GET, get);
        begin(entry);
        return true;
    }

    private void begin(long entry) throws ChannelFault {
        int length = GpFifo.lengthWords(entry);
        if (length == 0) {
            // A control entry. Those that compute checksums for tests have no effect here.
            if ((entry >>> 32 & 0xff) == OPCODE_ILLEGAL) {
                throw ChannelFault.pushBuffer("The ring's entry 0x" + Long.toHexString(entry) + " is the illegal one.");
            }
            return;
        }
        segmentAddress = GpFifo.address(entry);
        segmentWords = length;
        subroutine = GpFifo.isSubroutine(entry);
        inSegment = true;
    }

    /** GET is where fetching is, in the main push buffer only. */
    private void tell() {
        long userd = spec.userdAddress();
        fb.writeInt(userd + Userd.GET_HI, (int) (segmentAddress >>> 32));
        fb.writeInt(userd + Userd.GET_LO, (int) segmentAddress);
        if (!subroutine) {
            fb.writeInt(userd + Userd.TOP_LEVEL_GET_LO, (int) segmentAddress);
            fb.writeInt(userd + Userd.TOP_LEVEL_GET_HI, (int) (segmentAddress >>> 32) | VALID);
        }
    }
}
