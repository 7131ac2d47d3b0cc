// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import io.lamella.core.CorePeer;

/** Says that the benchmarks are part of the program. */
public final class Benchmarks implements CorePeer {
    @Override
    public String name() {
        return "bench";
    }

    @Override
    public String description() {
        return "Measures the core, the wire and the copy engines.";
    }
}
