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

/** An object of a {@link CopyClass}: its methods are kept as they come, and LAUNCH_DMA acts on them. */
final class CopyObject implements EngineObject {
    /** What a copy begins with, and goes on with where memory is slow: pages that are touched for the first time, or messages. */
    static final long LEAST_PIECE_BYTES = 256 << 10;

    /** What it grows to where memory is fast. */
    static final long MOST_PIECE_BYTES = 4 << 20;

    /** How long a piece is to take. */
    private static final long PIECE_NANOS = 250_000;

    private static final int RENDER_ALWAYS = 1;
    private static final int RENDER_CONDITIONAL = 2;
    private static final int RENDER_IF_EQUAL = 3;
    private static final int RENDER_IF_NOT_EQUAL = 4;

    /** A guest may have very many objects, so states are small. */
    private static final int METHODS = CopyMethod.values().length;

    private final EngineContext context;
    private final CopyClass type;
    private final int[] state = new int[METHODS + 1];
    private final CopyWork work = new CopyWork();
    /** The word of LAUNCH_DMA. */
    private int launched;

    private long pieceBytes = LEAST_PIECE_BYTES;
    private boolean busy;

    CopyObject(EngineContext context, CopyClass type) {
        this.context = context;
        this.type = type;
        state[CopyClass.place(CopyMethod.SET_RENDER_ENABLE_C)] = RENDER_ALWAYS;
    }

    private int get(CopyMethod method) {
        return state[CopyClass.place(method)];
    }

    private long unsigned(CopyMethod method) {
        return Integer.toUnsignedLong(get(method));
    }

    private long address(CopyMethod upper, CopyMethod lower) {
        return (get(upper) & type.addressHighMask()) << 32 | unsigned(lower);
    }

    private ChannelFault refusal(String sentence) {
        return new ChannelFault(
                context.runlist().faultXid(), "Copy engine " + context.runlist().name() + ": " + sentence);
    }

    @Override
    public void method(int offset, int data) throws ChannelFault, MmuFault {
        int place = type.place(offset);
        if (place == 0) {
            throw refusal("there is no method 0x" + Integer.toHexString(offset) + ".");
        }
        state[place] = data;
        // The older way to say an origin sets the newer one.
        if (offset == CopyMethod.SET_SRC_ORIGIN.offset()) {
            setOrigin(new Origin(data), CopyMethod.SRC_ORIGIN_X, CopyMethod.SRC_ORIGIN_Y);
        } else if (offset == CopyMethod.SET_DST_ORIGIN.offset()) {
            setOrigin(new Origin(data), CopyMethod.DST_ORIGIN_X, CopyMethod.DST_ORIGIN_Y);
        } else if (offset == CopyMethod.LAUNCH_DMA.offset()) {
            launch(data);
        }
    }

    private void setOrigin(Origin origin, CopyMethod x, CopyMethod y) {
        state[CopyClass.place(x)] = origin.x();
        state[CopyClass.place(y)] = origin.y();
    }

    @Override
    public boolean isBusy() {
        return busy;
    }

    @Override
    public void advance() throws ChannelFault, MmuFault {
        long begun = context.timeNanos();
        work.advance(pieceBytes);
        long took = context.timeNanos() - begun;
        // Long pieces are faster: beyond some MiB the Java machine copies past the caches.
        long fits = took <= 0 ? LEAST_PIECE_BYTES : pieceBytes * PIECE_NANOS / took;
        pieceBytes = Math.clamp(fits, LEAST_PIECE_BYTES, Math.min(4 * pieceBytes, MOST_PIECE_BYTES));
        if (work.isDone()) {
            busy = false;
            finish();
        }
    }

    // Words go from method to method as numbers: a record that is passed on may become an object for each launch.

    private void launch(int raw) throws ChannelFault, MmuFault {
        LaunchDma word = new LaunchDma(raw);
        launched = raw;
        if (!isEnabled()) {
            return;
        }
        if (word.transferType() == LaunchDma.TRANSFER_PREFETCH && !type.prefetches()) {
            throw refusal("LAUNCH_DMA has no transfer type " + word.transferType() + ".");
        }
        // There is no cache to fetch anything into.
        if (word.transferType() == LaunchDma.TRANSFER_NONE || word.transferType() == LaunchDma.TRANSFER_PREFETCH) {
            finish();
            return;
        }
        setUp(raw);
        pieceBytes = LEAST_PIECE_BYTES;
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

    private void setUp(int raw) throws ChannelFault {
        LaunchDma word = new LaunchDma(raw);
        long lines = word.isMultiLine() ? unsigned(CopyMethod.LINE_COUNT) : 1;
        long lineLength = unsigned(CopyMethod.LINE_LENGTH_IN);
        boolean privileged = context.isPrivileged();
        set(work.source, Side.SOURCE, word.isSourcePhysical(), word.isSourcePitch(), Access.read(privileged));
        set(
                work.destination,
                Side.DESTINATION,
                word.isDestinationPhysical(),
                word.isDestinationPitch(),
                Access.write(privileged));
        if (word.remaps()) {
            setRule();
            work.beginRemap(lineLength, lines);
        } else {
            work.begin(lineLength, lines);
        }
    }

    /** The methods of a copy's one side. */
    private record Side(
            CopyMethod physMode,
            CopyMethod upper,
            CopyMethod lower,
            CopyMethod pitch,
            CopyMethod blockSize,
            CopyMethod width,
            CopyMethod height,
            CopyMethod layer,
            CopyMethod originX,
            CopyMethod originY) {
        static final Side SOURCE = new Side(
                CopyMethod.SET_SRC_PHYS_MODE,
                CopyMethod.OFFSET_IN_UPPER,
                CopyMethod.OFFSET_IN_LOWER,
                CopyMethod.PITCH_IN,
                CopyMethod.SET_SRC_BLOCK_SIZE,
                CopyMethod.SET_SRC_WIDTH,
                CopyMethod.SET_SRC_HEIGHT,
                CopyMethod.SET_SRC_LAYER,
                CopyMethod.SRC_ORIGIN_X,
                CopyMethod.SRC_ORIGIN_Y);
        static final Side DESTINATION = new Side(
                CopyMethod.SET_DST_PHYS_MODE,
                CopyMethod.OFFSET_OUT_UPPER,
                CopyMethod.OFFSET_OUT_LOWER,
                CopyMethod.PITCH_OUT,
                CopyMethod.SET_DST_BLOCK_SIZE,
                CopyMethod.SET_DST_WIDTH,
                CopyMethod.SET_DST_HEIGHT,
                CopyMethod.SET_DST_LAYER,
                CopyMethod.DST_ORIGIN_X,
                CopyMethod.DST_ORIGIN_Y);
    }

    private void set(Surface surface, Side side, boolean isPhysical, boolean isPitch, Access access)
            throws ChannelFault {
        MemoryView view = view(isPhysical, get(side.physMode));
        long base = address(side.upper, side.lower);
        if (isPitch) {
            surface.setPitch(view, access, base, get(side.pitch));
            return;
        }
        BlockSize size = new BlockSize(get(side.blockSize));
        if (!BlockLinear.isSupported(size)) {
            throw refusal("there are no blocks of size 0x" + Integer.toHexString(size.raw()) + ".");
        }
        surface.blocks().set(get(side.width), get(side.height), size, get(side.layer) & 0xffff);
        surface.setBlocks(view, access, base, unsigned(side.originX), unsigned(side.originY));
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
        LaunchDma launch = new LaunchDma(launched);
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
        LaunchDma launch = new LaunchDma(launched);
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
