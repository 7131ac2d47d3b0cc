// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** What is known of a driver's memory: bytes that the function read or wrote. Not for several threads. */
final class MemoryImage {
    private static final int PAGE_BITS = 12;
    private static final int PAGE_BYTES = 1 << PAGE_BITS;

    /** Memory for recordings of a strange kind ends at a gigabyte. */
    private static final int MAX_PAGES = 1 << 18;

    private final Map<Long, Page> pages = new HashMap<>();

    private static final class Page {
        final byte[] bytes = new byte[PAGE_BYTES];
        final BitSet known = new BitSet(PAGE_BYTES);
    }

    /** @throws IllegalArgumentException if that is more memory than a recording may touch */
    void put(long iova, byte[] data) {
        for (int done = 0; done < data.length; ) {
            long at = iova + done;
            int offset = (int) at & PAGE_BYTES - 1;
            int piece = Math.min(data.length - done, PAGE_BYTES - offset);
            long number = at >>> PAGE_BITS;
            Page page = pages.get(number);
            if (page == null) {
                if (pages.size() >= MAX_PAGES) {
                    throw new IllegalArgumentException("The recording touches more than a gigabyte of guest memory.");
                }
                page = new Page();
                pages.put(number, page);
            }
            System.arraycopy(data, done, page.bytes, offset, piece);
            page.known.set(offset, offset + piece);
            done += piece;
        }
    }

    /** Copies bytes out. @return false if one of them is not known */
    boolean get(long iova, byte[] to) {
        for (int done = 0; done < to.length; ) {
            long at = iova + done;
            int offset = (int) at & PAGE_BYTES - 1;
            int piece = Math.min(to.length - done, PAGE_BYTES - offset);
            Page page = pages.get(at >>> PAGE_BITS);
            if (page == null || page.known.nextClearBit(offset) < offset + piece) {
                return false;
            }
            System.arraycopy(page.bytes, offset, to, done, piece);
            done += piece;
        }
        return true;
    }
}
