// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.host.ChannelFault;
import io.lamella.gpu.host.EngineContext;
import io.lamella.gpu.host.EngineObject;
import io.lamella.gpu.host.Semaphore;
import io.lamella.gpu.mmu.MemoryView;
import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.CopyMethod.BlockSize;
import io.lamella.hw.method.CopyMethod.LaunchDma;
import io.lamella.hw.method.CopyMethod.Origin;
import io.lamella.hw.method.CopyMethod.PhysMode;
import io.lamella.hw.method.CopyMethod.RemapComponents;
import io.lamella.hw.method.Reduction;

/** An object of class AMPERE_DMA_COPY_B: its methods are kept as they come, and LAUNCH_DMA acts on them. */
final class CopyObject implements EngineObject {
    private static final long ADDRESS_HIGH_MASK = 0x1_ffff;
    private static final int RENDER_ALWAYS = 1;
    private static final int RENDER_CONDITIONAL = 2;
    private static final int RENDER_IF_EQUAL = 3;
    private static final int RENDER_IF_NOT_EQUAL = 4;

    private static final int LAST_OFFSET = CopyMethod.PM_TRIGGER_END.offset();
    private static final boolean[] KNOWN = new boolean[LAST_OFFSET / 4 + 1];

    static {
        for (CopyMethod method : CopyMethod.values()) {
            KNOWN[method.offset() / 4] = true;
        }
    }

    private final EngineContext context;
    private final int[] state = new int[LAST_OFFSET / 4 + 1];
    private final CopyWork work = new CopyWork();
    private LaunchDma launch = new LaunchDma(0);
    private boolean busy;

    CopyObject(EngineContext context) {
        this.context = context;
        state[CopyMethod.SET_RENDER_ENABLE_C.offset() / 4] = RENDER_ALWAYS;
    }

    private int get(CopyMethod method) {
        return state[method.offset() / 4];
    }

    private long unsigned(CopyMethod method) {
        return Integer.toUnsignedLong(get(method));
    }

    private long address(CopyMethod upper, CopyMethod lower) {
        return (get(upper) & ADDRESS_HIGH_MASK) << 32 | unsigned(lower);
    }

    private ChannelFault refusal(String sentence) {
        return new ChannelFault(
                context.runlist().faultXid(), "Copy engine " + context.runlist().name() + ": " + sentence);
    }

    @Override
    public void method(int offset, int data) throws ChannelFault, MmuFault {
        if (offset > LAST_OFFSET || !KNOWN[offset / 4]) {
            throw refusal("there is no method 0x" + Integer.toHexString(offset) + ".");
        }
        state[offset / 4] = data;
        // The older way to say an origin sets the newer one.
        if (offset == CopyMethod.SET_SRC_ORIGIN.offset()) {
            setOrigin(new Origin(data), CopyMethod.SRC_ORIGIN_X, CopyMethod.SRC_ORIGIN_Y);
        } else if (offset == CopyMethod.SET_DST_ORIGIN.offset()) {
            setOrigin(new Origin(data), CopyMethod.DST_ORIGIN_X, CopyMethod.DST_ORIGIN_Y);
        } else if (offset == CopyMethod.LAUNCH_DMA.offset()) {
            launch(new LaunchDma(data));
        }
    }

    private void setOrigin(Origin origin, CopyMethod x, CopyMethod y) {
        state[x.offset() / 4] = origin.x();
        state[y.offset() / 4] = origin.y();
    }

    @Override
    public boolean isBusy() {
        return busy;
    }

    @Override
    public void advance() throws ChannelFault, MmuFault {
        work.advance();
        if (work.isDone()) {
            busy = false;
            finish();
        }
    }

    private void launch(LaunchDma word) throws ChannelFault, MmuFault {
        launch = word;
        if (!isEnabled()) {
            return;
        }
        if (word.transferType() > LaunchDma.TRANSFER_NON_PIPELINED) {
            throw refusal("LAUNCH_DMA has no transfer type " + word.transferType() + ".");
        }
        if (word.transferType() == LaunchDma.TRANSFER_NONE) {
            finish();
            return;
        }
        setUp(word);
        busy = !work.isDone();
        if (!busy) {
            finish();
        }
    }

    private boolean isEnabled() throws ChannelFault, MmuFault {
        int mode = get(CopyMethod.SET_RENDER_ENABLE_C) & 7;
        if (mode <= RENDER_ALWAYS) {
            return mode == RENDER_ALWAYS;
        }
        long address = address(CopyMethod.SET_RENDER_ENABLE_A, CopyMethod.SET_RENDER_ENABLE_B) & ~3L;
        Access access = Access.read(context.isPrivileged());
        MemoryView memory = context.virtual();
        boolean equal = memory.readInt(address, access) == memory.readInt(address + 16, access)
                && memory.readInt(address + 4, access) == memory.readInt(address + 20, access);
        return switch (mode) {
            case RENDER_CONDITIONAL -> (memory.readInt(address, access) | memory.readInt(address + 4, access)) != 0;
            case RENDER_IF_EQUAL -> equal;
            case RENDER_IF_NOT_EQUAL -> !equal;
            default -> throw refusal("there is no render-enable mode " + mode + ".");
        };
    }

    private void setUp(LaunchDma word) throws ChannelFault {
        long lines = word.isMultiLine() ? unsigned(CopyMethod.LINE_COUNT) : 1;
        long lineLength = unsigned(CopyMethod.LINE_LENGTH_IN);
        setSource(word);
        setDestination(word);
        if (word.remaps()) {
            setRule();
            work.beginRemap(lineLength, lines);
        } else {
            work.begin(lineLength, lines);
        }
    }

    private void setSource(LaunchDma word) throws ChannelFault {
        MemoryView view = view(word.isSourcePhysical(), get(CopyMethod.SET_SRC_PHYS_MODE));
        Access access = Access.read(context.isPrivileged());
        long base = address(CopyMethod.OFFSET_IN_UPPER, CopyMethod.OFFSET_IN_LOWER);
        if (word.isSourcePitch()) {
            work.source.setPitch(view, access, base, get(CopyMethod.PITCH_IN));
            return;
        }
        BlockLinear blocks = blocks(
                new BlockSize(get(CopyMethod.SET_SRC_BLOCK_SIZE)),
                get(CopyMethod.SET_SRC_WIDTH),
                get(CopyMethod.SET_SRC_HEIGHT),
                get(CopyMethod.SET_SRC_LAYER));
        work.source.setBlocks(
                view, access, base, blocks, unsigned(CopyMethod.SRC_ORIGIN_X), unsigned(CopyMethod.SRC_ORIGIN_Y));
    }

    private void setDestination(LaunchDma word) throws ChannelFault {
        MemoryView view = view(word.isDestinationPhysical(), get(CopyMethod.SET_DST_PHYS_MODE));
        Access access = Access.write(context.isPrivileged());
        long base = address(CopyMethod.OFFSET_OUT_UPPER, CopyMethod.OFFSET_OUT_LOWER);
        if (word.isDestinationPitch()) {
            work.destination.setPitch(view, access, base, get(CopyMethod.PITCH_OUT));
            return;
        }
        BlockLinear blocks = blocks(
                new BlockSize(get(CopyMethod.SET_DST_BLOCK_SIZE)),
                get(CopyMethod.SET_DST_WIDTH),
                get(CopyMethod.SET_DST_HEIGHT),
                get(CopyMethod.SET_DST_LAYER));
        work.destination.setBlocks(
                view, access, base, blocks, unsigned(CopyMethod.DST_ORIGIN_X), unsigned(CopyMethod.DST_ORIGIN_Y));
    }

    private BlockLinear blocks(BlockSize size, int width, int height, int layer) throws ChannelFault {
        if (!BlockLinear.isSupported(size)) {
            throw refusal("there are no blocks of size 0x" + Integer.toHexString(size.raw()) + ".");
        }
        return new BlockLinear(width, height, size.heightLog2Gobs(), size.depthLog2(), layer & 0xffff);
    }

    private MemoryView view(boolean physical, int mode) throws ChannelFault {
        if (!physical) {
            return context.virtual();
        }
        if (!context.mayUsePhysical()) {
            throw refusal("the channel may not use physical addresses.");
        }
        return switch (new PhysMode(mode).target()) {
            case PhysMode.LOCAL_FB -> context.physicalVideo();
            case PhysMode.COHERENT_SYSMEM, PhysMode.NONCOHERENT_SYSMEM -> context.physicalSystem();
            default -> throw refusal("there is no peer memory.");
        };
    }

    private void setRule() throws ChannelFault {
        RemapComponents components = new RemapComponents(get(CopyMethod.SET_REMAP_COMPONENTS));
        int destinationComponents = components.destinationComponents();
        work.rule.begin(components.componentSizeBytes(), components.sourceComponents(), destinationComponents);
        for (int component = 0; component < destinationComponents; component++) {
            int takes = components.destination(component);
            if (takes > RemapComponents.NO_WRITE
                    || (takes < RemapComponents.CONST_A && takes >= components.sourceComponents())) {
                throw refusal("component " + component + " of the destination cannot take " + takes + ".");
            }
            int from = takes == RemapComponents.NO_WRITE ? RemapRule.KEEP : RemapRule.CONSTANT;
            int constant =
                    get(takes == RemapComponents.CONST_B ? CopyMethod.SET_REMAP_CONST_B : CopyMethod.SET_REMAP_CONST_A);
            work.rule.set(component, takes < RemapComponents.CONST_A ? takes : from, constant);
        }
    }

    /** After the last byte: semaphore, then interrupt. */
    private void finish() throws ChannelFault, MmuFault {
        switch (launch.semaphoreType()) {
            case LaunchDma.SEMAPHORE_NONE -> {}
            case LaunchDma.SEMAPHORE_ONE_WORD -> release(false);
            case LaunchDma.SEMAPHORE_FOUR_WORDS -> release(true);
            default -> throw refusal("conditional interrupts are not there.");
        }
        if (launch.interruptType() != LaunchDma.INTERRUPT_NONE) {
            context.raiseNonStall();
        }
    }

    private void release(boolean timestamp) throws ChannelFault, MmuFault {
        long address = address(CopyMethod.SET_SEMAPHORE_A, CopyMethod.SET_SEMAPHORE_B);
        boolean is64Bit = launch.isPayload64Bit();
        long payload = unsigned(CopyMethod.SET_SEMAPHORE_PAYLOAD)
                | (is64Bit ? (long) get(CopyMethod.SET_SEMAPHORE_PAYLOAD_UPPER) << 32 : 0);
        int alignment = Semaphore.alignment(is64Bit, timestamp);
        if ((address & alignment - 1) != 0) {
            throw refusal("the semaphore at 0x" + Long.toHexString(address) + " must be at a multiple of " + alignment
                    + " bytes.");
        }
        MemoryView memory = context.virtual();
        boolean privileged = context.isPrivileged();
        if (!launch.reduces()) {
            Semaphore.release(
                    memory, privileged, address, payload, is64Bit, timestamp, timestamp ? context.timeNanos() : 0);
            return;
        }
        if (launch.reduction() == Reduction.INVALID) {
            throw refusal("a semaphore has no such reduction.");
        }
        if (timestamp) {
            memory.writeLong(address + 8, context.timeNanos(), Access.write(privileged));
        }
        Semaphore.reduce(
                memory, privileged, address, launch.reduction(), payload, is64Bit, launch.isReductionUnsigned());
    }
}
