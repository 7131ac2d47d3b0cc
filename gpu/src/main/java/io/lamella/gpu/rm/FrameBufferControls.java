// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;

/**
 * What the physical function's driver can have done to video memory by the firmware: filling and copying. Filling with zero gives the memory
 * back to the system, which is what a scrub of a vGPU's memory does.
 */
final class FrameBufferControls {
    private static final int APERTURE_SYSTEM = 1;
    private static final int APERTURE_VIDEO = 2;
    private static final int PIECE_BYTES = 1 << 16;

    /** A copy goes through the host's memory, so one call may not do more than this. Filling has no limit. */
    private static final long MAX_COPY_BYTES = 1L << 30;

    private final RmSystem system;
    private final Surface source;
    private final Surface destination;
    private final StructField.U64 transferSize;
    private final StructField.U32 value;
    private final StructField.U32 operation;

    private record Surface(
            StructField.U64 base, StructField.U64 size, StructField.U64 offset, StructField.U32 aperture) {
        static Surface in(Struct layout, String name) {
            return new Surface(
                    layout.u64(name + ".baseAddr"),
                    layout.u64(name + ".size"),
                    layout.u64(name + ".offset"),
                    layout.u32(name + ".aperture"));
        }

        /** The first byte that {@code length} bytes begin at, or -1 if they leave the surface. */
        long address(MemorySegment params, long length) {
            long at = base.get(params, 0);
            long bytes = size.get(params, 0);
            long from = offset.get(params, 0);
            boolean inside = at >= 0 && bytes >= 0 && from >= 0 && from <= bytes && length <= bytes - from;
            return inside && at <= Long.MAX_VALUE - bytes ? at + from : -1;
        }
    }

    private FrameBufferControls(RmSystem system) {
        this.system = system;
        Struct layout = system.abi().control(RmControl.INTERNAL_MEMMGR_MEMORY_TRANSFER_WITH_GSP);
        source = Surface.in(layout, "src");
        destination = Surface.in(layout, "dst");
        transferSize = layout.u64("transferSize");
        value = layout.u32("value");
        operation = layout.u32("memop");
    }

    static void addTo(RmSystem system, RmIdentity.Sriov sriov, ControlTable table) {
        GspAbi abi = system.abi();
        table.add(RmControl.INTERNAL_MEMMGR_MEMORY_TRANSFER_WITH_GSP, new FrameBufferControls(system)::transfer);
        StructField.U64 segment =
                abi.control(RmControl.GPU_GET_VMMU_SEGMENT_SIZE).u64("vmmuSegmentSize");
        table.add(RmControl.GPU_GET_VMMU_SEGMENT_SIZE, (target, params) -> {
            segment.set(params, 0, sriov.vmmuSegmentBytes());
            return NvStatus.OK;
        });
    }

    private NvStatus transfer(RmObject target, MemorySegment params) {
        long length = transferSize.get(params, 0);
        long to = destination.address(params, length);
        if (length <= 0 || to < 0) {
            return NvStatus.INVALID_ARGUMENT;
        }
        int toAperture = destination.aperture.get(params, 0);
        if (toAperture == APERTURE_VIDEO && !isUsable(to, length)) {
            return NvStatus.INVALID_ADDRESS;
        }
        FbSegment fb = system.memory().fb();
        return switch (operation.get(params, 0)) {
            case RmControl.MEMORY_OP_MEMSET -> {
                if (toAperture != APERTURE_VIDEO) {
                    yield NvStatus.NOT_SUPPORTED;
                }
                fb.fill(to, length, (byte) value.get(params, 0));
                yield NvStatus.OK;
            }
            case RmControl.MEMORY_OP_MEMCPY -> {
                long from = source.address(params, length);
                int fromAperture = source.aperture.get(params, 0);
                if (from < 0 || length > MAX_COPY_BYTES) {
                    yield NvStatus.INVALID_ARGUMENT;
                }
                if (fromAperture == APERTURE_VIDEO && !isUsable(from, length)) {
                    yield NvStatus.INVALID_ADDRESS;
                }
                yield copy(fromAperture, from, toAperture, to, length);
            }
            default -> NvStatus.INVALID_ARGUMENT;
        };
    }

    /** The firmware's own memory is not for its driver. */
    private boolean isUsable(long address, long length) {
        return system.memory().fb().contains(address, length)
                && address + length <= system.layout().usableEnd();
    }

    private NvStatus copy(int fromAperture, long from, int toAperture, long to, long length) {
        FbSegment fb = system.memory().fb();
        DmaSpace dma = system.memory().mmu().dma();
        if (dma == null || !isAperture(fromAperture) || !isAperture(toAperture)) {
            return NvStatus.NOT_SUPPORTED;
        }
        MemorySegment buffer = MemorySegment.ofArray(new byte[(int) Math.min(PIECE_BYTES, length)]);
        try {
            for (long done = 0; done < length; done += PIECE_BYTES) {
                MemorySegment piece = buffer.asSlice(0, Math.min(PIECE_BYTES, length - done));
                if (fromAperture == APERTURE_VIDEO) {
                    fb.copyTo(from + done, piece);
                } else {
                    dma.read(from + done, piece);
                }
                if (toAperture == APERTURE_VIDEO) {
                    fb.copyFrom(to + done, piece);
                } else {
                    dma.write(to + done, piece);
                }
            }
            return NvStatus.OK;
        } catch (DmaFaultException e) {
            return NvStatus.INVALID_ADDRESS;
        }
    }

    private static boolean isAperture(int aperture) {
        return aperture == APERTURE_SYSTEM || aperture == APERTURE_VIDEO;
    }
}
