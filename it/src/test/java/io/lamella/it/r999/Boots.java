// SPDX-License-Identifier: Apache-2.0
package io.lamella.it.r999;

import io.lamella.core.CoreOptions;
import io.lamella.core.GpuCore;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.host.ShippedFirmware;
import io.lamella.pci.LocalSlot;
import io.lamella.vgpu.Vgpu;
import io.lamella.vgpu.VgpuManager;
import io.lamella.vgpu.VgpuOptions;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.type.TypeCatalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** What is done with a release, in the class loader that knows it: a host boots it, makes a vGPU, and guests boot their own on that. */
public final class Boots implements Callable<List<String>> {
    @Override
    public List<String> call() {
        List<String> found = new ArrayList<>();
        found.add("known " + CoreOptions.DEFAULT.firmwareReleases());
        try (SoftwareGpu board = SoftwareGpu.builder("r999").build();
                LocalSlot slot = new LocalSlot(board.physicalFunction());
                GpuCore core = GpuCore.open(slot, ShippedFirmware.source(), CoreOptions.DEFAULT);
                VgpuManager manager = VgpuManager.open(core, TypeCatalogue.shipped(), VgpuOptions.DEFAULT)) {
            found.add("host " + core.description().firmwareRelease());
            Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
            found.add(vgpu.info().state() + " " + vgpu.info().channels());
            for (String release : CoreOptions.DEFAULT.firmwareReleases()) {
                try (LocalSlot guest = new LocalSlot(board.physicalFunction().virtualFunction(0));
                        GpuCore driver = GpuCore.open(
                                guest, ShippedFirmware.source(), CoreOptions.DEFAULT.withFirmwareReleases(release))) {
                    found.add("guest " + driver.description().firmwareRelease() + " on "
                            + driver.description().name());
                }
            }
            vgpu.destroy();
        }
        return found;
    }
}
