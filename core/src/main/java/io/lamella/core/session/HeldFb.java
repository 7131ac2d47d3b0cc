// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.FbRange;
import java.util.ArrayList;
import java.util.List;

/** A range of frame buffer that a session holds, and its mappings, which go with it. */
final class HeldFb extends Held implements FbRange {
    private final long offset;
    private final long sizeBytes;
    private final List<HeldMapping> mappings = new ArrayList<>();

    HeldFb(ClientSession session, String label, long offset, long sizeBytes) {
        super(session, label);
        this.offset = offset;
        this.sizeBytes = sizeBytes;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    void add(HeldMapping mapping) {
        synchronized (mappings) {
            mappings.add(mapping);
        }
    }

    void remove(HeldMapping mapping) {
        synchronized (mappings) {
            mappings.remove(mapping);
        }
    }

    private void unmap() {
        List<HeldMapping> open;
        synchronized (mappings) {
            open = new ArrayList<>(mappings);
        }
        open.forEach(HeldMapping::close);
    }

    @Override
    void release() {
        unmap();
        session().core().frameBuffer().give(offset, sizeBytes);
    }

    @Override
    void giveUp() {
        unmap();
        session().core().quarantinedFb(sizeBytes);
    }

    @Override
    String describe() {
        return String.format("frame buffer \"%s\" (0x%x, %d bytes)", label(), offset, sizeBytes);
    }
}
