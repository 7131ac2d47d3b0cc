// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import java.io.IOException;
import java.util.List;

/** Chooses packages from what the mirror has today. */
@FunctionalInterface
public interface Selection {
    /**
     * Chooses.
     *
     * @throws io.lamella.vm.VmException when nothing fits, with a sentence that says what there is
     */
    List<PinnedPackage> choose(Apt apt) throws IOException;
}
