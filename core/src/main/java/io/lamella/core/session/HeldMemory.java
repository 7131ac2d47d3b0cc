// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.GpuMemory;
import io.lamella.core.mmu.PageFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** Memory that a session holds, and its uses, which go before it does. */
abstract class HeldMemory extends Held implements GpuMemory {
    /** A mapping or a bind. */
    interface Use {
        /** Ends it. When this returns the GPU does not reach the memory this way any more. */
        void end();
    }

    private final SequencedSet<Use> uses = new LinkedHashSet<>();

    HeldMemory(ClientSession session, String label) {
        super(session, label);
    }

    /** Which kind of memory page tables are to say. */
    abstract PageFormat.Memory kind();

    /** Where the GPU finds it: in frame buffer, or on the bus. */
    abstract long gpuAddress();

    void add(Use use) {
        synchronized (uses) {
            uses.add(use);
        }
    }

    void remove(Use use) {
        synchronized (uses) {
            uses.remove(use);
        }
    }

    void endUses() {
        List<Use> left;
        synchronized (uses) {
            left = List.copyOf(uses);
        }
        left.forEach(Use::end);
    }
}
