// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.CoreSession;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.VersionRange;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciFunction;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;

/** A software GPU in a slot, and what it takes to drive it. */
final class SoftwareGpuRig implements AutoCloseable {
    private static final int COMMAND = 4;
    private static final int MEMORY_ENABLE = 2;
    private static final int WPR2_ADDR_HI = 0x1fa828;

    /** Which core drives the GPUs of all rigs. */
    static volatile CoreProvider cores = CoreProvider.JAVA;

    final SoftwareGpu gpu;
    final FaultyFunction function;
    final LocalSlot slot;
    final Map<String, byte[]> files = new HashMap<>();
    final LinkedBlockingQueue<CoreEvent> events = new LinkedBlockingQueue<>();

    SoftwareGpuRig() {
        this(SoftwareGpu.builder("it"));
    }

    SoftwareGpuRig(SoftwareGpu.Builder builder) {
        gpu = builder.build();
        function = new FaultyFunction(gpu.physicalFunction());
        slot = new LocalSlot(function);
        SyntheticFirmware.releases().forEach(release -> files.putAll(SyntheticFirmware.files(release)));
    }

    FirmwareSource firmware() {
        return name -> Optional.ofNullable(files.get(name));
    }

    GpuCore open(String... releases) {
        return open(CoreOptions.DEFAULT.withFirmwareReleases(releases));
    }

    GpuCore open(CoreOptions options) {
        return cores.open(slot, firmware(), options);
    }

    CoreSession attach(GpuCore core) {
        return core.attach(
                new ClientIdentity("test", ""),
                new VersionRange(new ApiVersion(1, 0), GpuCore.API_VERSION),
                EnumSet.allOf(CoreCapability.class),
                events::add);
    }

    /** Where protected memory ends, as a register has it; 0 when there is none. The core leaves the function disabled. */
    int protectedMemoryEnd() {
        PciFunction target = gpu.physicalFunction();
        long command = target.readConfig(COMMAND, 2);
        target.writeConfig(COMMAND, 2, command | MEMORY_ENABLE);
        int value = (int) target.readBar(0, WPR2_ADDR_HI, 4);
        target.writeConfig(COMMAND, 2, command);
        return value;
    }

    @Override
    public void close() {
        slot.close();
        gpu.close();
    }
}
