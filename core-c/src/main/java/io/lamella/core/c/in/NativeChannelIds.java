// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.ChannelRange;

/** A run of channel ids of a core in C. */
final class NativeChannelIds extends NativeResource implements ChannelRange {
    private final int first;
    private final int count;

    NativeChannelIds(NativeSession session, long handle, String label, int first, int count) {
        super(session, handle, label);
        this.first = first;
        this.count = count;
    }

    @Override
    public int first() {
        return first;
    }

    @Override
    public int count() {
        return count;
    }
}
