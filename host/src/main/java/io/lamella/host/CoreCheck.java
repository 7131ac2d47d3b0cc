// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.CoreOptions;
import io.lamella.core.c.CoreChoice;
import io.lamella.core.contract.ContractReport;
import io.lamella.core.contract.ContractSubject;
import io.lamella.core.contract.CoreContract;
import java.util.List;

/** Checks cores against the contract, on software GPUs. */
public final class CoreCheck {
    private CoreCheck() {}

    /**
     * Runs every clause; takes seconds.
     *
     * @param releases firmware to boot, the preferred one first
     * @throws io.lamella.core.CoreException if the core's library is not a core of this interface
     */
    public static ContractReport run(CoreChoice core, List<String> releases) {
        SoftwareGpuSource gpus = new SoftwareGpuSource();
        return CoreContract.check(new ContractSubject(
                core.provider(),
                () -> gpus.open(SoftwareGpuSource.NAME).orElseThrow().slot(),
                ShippedFirmware.source(),
                CoreOptions.DEFAULT.withFirmwareReleases(releases.toArray(String[]::new))));
    }
}
