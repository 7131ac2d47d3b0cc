// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.ChannelRange;

/** A run of channel ids that a session holds. */
final class HeldChannels extends Held implements ChannelRange {
    private final int first;
    private final int count;

    HeldChannels(ClientSession session, String label, int first, int count) {
        super(session, label);
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

    @Override
    void release() {
        session().core().channels().give(first, count);
    }

    @Override
    void giveUp() {}

    @Override
    String describe() {
        return "channel ids \"" + label() + "\" (" + first + " to " + (first + count - 1) + ")";
    }
}
