// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.boot;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.firmware.FmcImage;
import io.lamella.core.fsp.Fsp;
import io.lamella.hw.Chip;
import io.lamella.hw.fsp.FspMessages;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Gfw;
import io.lamella.hw.struct.Struct;
import io.lamella.pci.DmaBuffer;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Boot by the FSP: one message tells it where the FMC and its parameters are. The FMC finds places in frame buffer, protects them, loads
 * the firmware and starts it; while it works, the GSP's registers are locked. The order is that of nouveau's gh100_gsp_init.
 */
final class FspBoot implements BootPath {
    private static final long MIB = 1 << 20;
    private static final long WORKSPACE_BYTES = 128 << 10;
    private static final long FRTS_BYTES = MIB;
    private static final int COHERENT_SYSTEM_MEMORY = 1;
    private static final int NON_COHERENT_SYSTEM_MEMORY = 2;
    /** What a register reads as that may not be read has this in its high half. */
    private static final int LOCKED = 0xbadf;

    private static final int HALT_TIMEOUT_MILLIS = 5_000;

    /** What was decided. */
    private record Plan(GspAbi abi, FbSizes sizes) {}

    private final Device device;
    private final Chip chip;
    private final FmcImage fmc;
    private final FalconUnit gsp;
    private final CoreOptions options;
    private final Fsp fsp;
    private @Nullable Plan plan;

    FspBoot(Device device, Chip chip, FmcImage fmc, FalconUnit gsp, CoreOptions options) {
        this.device = device;
        this.chip = chip;
        this.fmc = fmc;
        this.gsp = gsp;
        this.options = options;
        this.fsp = new Fsp(device);
    }

    @Override
    public void awaitStartUp() {
        fsp.awaitStartUp(options.bootTimeoutMillis());
    }

    @Override
    public boolean isFirmwareLoaded() {
        return isReadable() && gsp.isRiscVActive();
    }

    @Override
    public FirmwareMemory plan(GspAbi abi, int partitions) {
        long fbBytes = Integer.toUnsignedLong(device.read(Gfw.FB_SIZE).mebibytes()) * MIB;
        int wanted = partitions > 0 && fsp.isVgpuModeOn() ? partitions : 0;
        GspAbi.FirmwareSizes sizes = abi.sizes(chip.architecture());
        FbSizes decided = new FbSizes(
                fbBytes,
                WORKSPACE_BYTES,
                FRTS_BYTES,
                FirmwareMemory.heapBytes(abi, sizes.baseHeapBytes(), fbBytes, wanted),
                sizes.nonWprHeapBytes(),
                sizes.pmuBytes(),
                wanted);
        plan = new Plan(abi, decided);
        return decided;
    }

    @Override
    public void start(BootMemory memory) {
        Plan todo = plan;
        if (todo == null) {
            throw new IllegalStateException("The boot was not planned.");
        }
        long parameters = parameters(todo.abi(), memory);
        fsp.bootGsp(order(todo, memory.copy(fmc.image()).iova(), parameters));
        device.await("release its GSP after the boot", options.bootTimeoutMillis(), () -> isReleased(parameters));
    }

    /** What the FMC reads: where the map for the firmware is, and what the firmware itself gets. */
    private static long parameters(GspAbi abi, BootMemory memory) {
        Struct layout = abi.struct("GSP_FMC_BOOT_PARAMS");
        DmaBuffer buffer = memory.allocate(4096);
        MemorySegment target = buffer.memory();
        layout.u32("bootGspRmParams.target").set(target, 0, COHERENT_SYSTEM_MEMORY);
        layout.u32("bootGspRmParams.gspRmDescSize").set(target, 0, abi.wprMeta().sizeBytes());
        layout.u64("bootGspRmParams.gspRmDescOffset").set(target, 0, memory.metaAddress());
        layout.u8("bootGspRmParams.bIsGspRmBoot").set(target, 0, 1);
        layout.u32("gspRmParams.target").set(target, 0, NON_COHERENT_SYSTEM_MEMORY);
        layout.u64("gspRmParams.bootArgsOffset").set(target, 0, memory.libosAddress());
        return buffer.iova();
    }

    private MemorySegment order(Plan todo, long image, long parameters) {
        Struct layout = FspMessages.COT;
        MemorySegment order = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u16("version")
                .set(
                        order,
                        0,
                        switch (chip.architecture()) {
                            case ADA -> throw new IllegalStateException("An " + chip + " has no FSP.");
                            case BLACKWELL_GB20X -> FspMessages.COT_VERSION_BLACKWELL;
                        });
        layout.u16("size").set(order, 0, layout.sizeBytes());
        layout.u64("gspFmcSysmemOffset").set(order, 0, image);
        layout.u64("frtsVidmemOffset").set(order, 0, todo.sizes().frtsDistance());
        layout.u32("frtsVidmemSize").set(order, 0, (int) todo.sizes().frtsBytes());
        put(order, layout.offsetOf("hash384"), fmc.hash());
        put(order, layout.offsetOf("publicKey"), fmc.publicKey());
        put(order, layout.offsetOf("signature"), fmc.signature());
        layout.u64("gspBootArgsSysmemOffset").set(order, 0, parameters);
        return order;
    }

    private static void put(MemorySegment order, long offset, Bytes content) {
        MemorySegment.copy(content.memory(), 0, order, offset, content.sizeBytes());
    }

    /** Whether the FMC is through, and well. Until then it holds the GSP's registers or has its parameters' address in the mailboxes. */
    private boolean isReleased(long parameters) {
        if (!isReadable()) {
            return false;
        }
        int low = gsp.read(Falcon.MAILBOX0).raw();
        long both = Integer.toUnsignedLong(gsp.read(Falcon.MAILBOX1).raw()) << 32 | Integer.toUnsignedLong(low);
        if (low != 0 && both != parameters) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT, String.format("The GSP's first program ended with error 0x%x.", low));
        }
        return low == 0 && !gsp.read(Falcon.HWCFG2).lockdown();
    }

    private boolean isReadable() {
        int value = gsp.read(Falcon.HWCFG2).raw();
        return value != 0 && value >>> 16 != LOCKED;
    }

    @Override
    public void stop() {
        device.await("halt its GSP", HALT_TIMEOUT_MILLIS, () -> isReadable() && gsp.isRiscVHalted());
    }
}
