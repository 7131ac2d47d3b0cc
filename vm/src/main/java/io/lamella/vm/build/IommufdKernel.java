// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.build;

import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.guest.Kernel;
import java.io.IOException;

/**
 * A small kernel with vfio-pci, iommufd and IOMMU groups built in, since Debian's are built without iommufd: from the cache, or built once
 * from the same source and with the same tools as {@link NovaKernel}.
 */
public final class IommufdKernel {
    /** Roughly; measured with 7.3. */
    private static final int STEPS = 900;

    private IommufdKernel() {}

    /**
     * Finds the kernel, or builds it, which takes two processors some minutes.
     *
     * @throws io.lamella.vm.VmException when it cannot be had, with a sentence that says why
     */
    public static Kernel provide(Cache cache, Progress progress) throws IOException {
        return NovaKernel.provide("iommufd", STEPS, cache, progress);
    }
}
