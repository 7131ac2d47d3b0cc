// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.core.CoreClock;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreSession;
import io.lamella.core.GpuCore;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.host.ShippedFirmware;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciPhysicalFunction;
import io.lamella.pci.PciSlot;
import io.lamella.vgpu.VgpuManager;
import io.lamella.vgpu.VgpuOptions;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.function.UnaryOperator;

/** A software GPU with its driver and a vGPU manager, in this process; the driver and the board may be replaced by treacherous ones. */
final class VgpuRig implements AutoCloseable {
    static final byte PATTERN = (byte) 0xa5;
    private static final VgpuOptions SHORT_WAITS = new VgpuOptions(CoreClock.SYSTEM, 500, 500);

    final SoftwareGpu board;
    final PciSlot slot;
    final GpuCore core;
    final VgpuManager manager;

    VgpuRig(String release) {
        this(release, UnaryOperator.identity(), UnaryOperator.identity());
    }

    VgpuRig(TestedGpu tested) {
        this(tested.release, tested.builder(), UnaryOperator.identity(), UnaryOperator.identity());
    }

    VgpuRig(String release, UnaryOperator<PciPhysicalFunction> function, UnaryOperator<GpuCore> driver) {
        this(release, SoftwareGpu.builder("rig"), function, driver);
    }

    VgpuRig(
            String release,
            SoftwareGpu.Builder builder,
            UnaryOperator<PciPhysicalFunction> function,
            UnaryOperator<GpuCore> driver) {
        board = builder.build();
        slot = new LocalSlot(function.apply(board.physicalFunction()));
        core = driver.apply(
                GpuCore.open(slot, ShippedFirmware.source(), CoreOptions.DEFAULT.withFirmwareReleases(release)));
        manager = VgpuManager.open(core, TypeCatalogue.shipped(), SHORT_WAITS);
    }

    /** The accounts after a first vGPU has come and gone: the core keeps BAR1 page tables that it has once made. */
    String settledAccounts() {
        VgpuType smallest = manager.supportedTypes().stream()
                .min(Comparator.comparingLong(VgpuType::profileSizeBytes))
                .orElseThrow();
        manager.create(VgpuSpec.of(smallest.name())).destroy();
        return accounts();
    }

    /** What is taken, by the driver's accounts and by the GPU's own. Equal before and after means that nothing leaked. */
    String accounts() {
        StringBuilder text = new StringBuilder();
        for (CoreSession session : core.sessions()) {
            text.append(session.client().name()).append(": ").append(session.held());
        }
        text.append(", frame buffer ").append(manager.fbUsage());
        text.append(", enabled functions ").append(manager.enabledVirtualFunctions());
        text.append(", firmware tasks ").append(board.vgpus());
        for (int i = 0; i < board.physicalFunction().totalVirtualFunctions(); i++) {
            if (board.physicalFunction().virtualFunction(i).readConfig(0, 4) != 0xffffffffL) {
                text.append(", function ").append(i).append(" answers");
            }
        }
        return text.toString();
    }

    private FbSegment memory() {
        return board.frameBuffer().whole();
    }

    /** Leaves data at the beginning, in the middle and at the end of a range of the board's memory. */
    void soil(long offset, long lengthBytes) {
        for (long at : places(offset, lengthBytes)) {
            memory().fill(at, 4096, PATTERN);
        }
    }

    /** Whether any of the places that {@link #soil} writes has something else than zeroes. */
    boolean isSoiled(long offset, long lengthBytes) {
        byte[] page = new byte[4096];
        for (long at : places(offset, lengthBytes)) {
            memory().copyTo(at, MemorySegment.ofArray(page));
            for (byte value : page) {
                if (value != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private static long[] places(long offset, long lengthBytes) {
        long last = offset + lengthBytes - 4096;
        return new long[] {offset, offset + 4096, offset + (lengthBytes / 2 & -4096L), offset + (100 << 20), last};
    }

    long word(long offset) {
        byte[] word = new byte[8];
        memory().copyTo(offset, MemorySegment.ofArray(word));
        return MemorySegment.ofArray(word).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    @Override
    public void close() {
        manager.close();
        core.close();
        slot.close();
        board.close();
    }
}
