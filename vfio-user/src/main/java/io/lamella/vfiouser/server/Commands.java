// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import static io.lamella.vfiouser.wire.Wire.HEADER_BYTES;

import io.lamella.linux.Errno;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.wire.Command;
import io.lamella.vfiouser.wire.JsonText;
import io.lamella.vfiouser.wire.MessageInput;
import io.lamella.vfiouser.wire.MessageOutput;
import io.lamella.vfiouser.wire.Version;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Carries out the command at hand. Each returns how many bytes of payload it has put into the reply, or a negative error number. The
 * session's thread.
 */
final class Commands {
    private static final int EINVAL = -Errno.EINVAL.number();
    private static final int COMMAND_REGISTER = 4;
    private static final int BUS_MASTER = 1 << 2;
    // A refused text must not be quoted, as it is the client's.
    private static final String NOT_A_VERSION = "The client did not begin with VERSION.";

    private final PciFunction function;
    private final ServerOptions options;
    private final Regions regions;
    private final GuestMemory memory;
    private final Interrupts interrupts;
    private final MessageDma messageDma;
    private final MessageInput input;
    private final MessageOutput output;
    private final int maxReplyBytes;
    private Version client = Version.parse(0, 0, "");
    private String versionComplaint = NOT_A_VERSION;
    private int replyDescriptor = -1;

    Commands(
            PciFunction function,
            ServerOptions options,
            Regions regions,
            GuestMemory memory,
            Interrupts interrupts,
            MessageDma messageDma,
            MessageInput input,
            MessageOutput output) {
        this.function = function;
        this.options = options;
        this.regions = regions;
        this.memory = memory;
        this.interrupts = interrupts;
        this.messageDma = messageDma;
        this.input = input;
        this.output = output;
        this.maxReplyBytes = regions.maxReplyBytes();
    }

    /** How long the reply may get, its header counted. */
    int maxReplyBytes(int command) {
        if (command == Command.REGION_READ && input.sizeBytes() >= HEADER_BYTES + Wire.REGION_ACCESS_BYTES) {
            int count = regions.readSize(input.buffer(), input.at() + HEADER_BYTES);
            return HEADER_BYTES + Wire.REGION_ACCESS_BYTES + Math.max(0, count);
        }
        return command == Command.DEVICE_GET_REGION_INFO ? maxReplyBytes : 256;
    }

    /** The descriptor that the last reply carries, or -1; asking forgets it. */
    int takeReplyDescriptor() {
        int descriptor = replyDescriptor;
        replyDescriptor = -1;
        return descriptor;
    }

    Version clientVersion() {
        return client;
    }

    String versionComplaint() {
        return versionComplaint;
    }

    /** Answers VERSION. */
    int version(int to) {
        MemorySegment in = input.buffer();
        long at = input.at() + HEADER_BYTES;
        int textBytes = input.sizeBytes() - HEADER_BYTES - Wire.VERSION_BYTES;
        if (textBytes < 0 || textBytes > Version.MAX_TEXT_BYTES) {
            versionComplaint = "The client's version message is too short or too long.";
            return EINVAL;
        }
        int major = Short.toUnsignedInt(in.get(Wire.U16, at));
        int minor = Short.toUnsignedInt(in.get(Wire.U16, at + Wire.VERSION_MINOR));
        if (major != 0) {
            versionComplaint = "The client speaks version " + major + " of the protocol; this is version 0.";
            return EINVAL;
        }
        byte[] text = in.asSlice(at + Wire.VERSION_BYTES, textBytes).toArray(Wire.U8);
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        if (text.length != 0 && end == text.length) {
            versionComplaint = "The client's version text does not end with a NUL.";
            return EINVAL;
        }
        try {
            client = Version.parse(major, Math.min(minor, 1), new String(text, 0, end, StandardCharsets.UTF_8));
        } catch (JsonText.Malformed e) {
            versionComplaint = String.valueOf(e.getMessage());
            return EINVAL;
        }
        messageDma.setMaxDataBytes(client.maxDataBytes());
        Version own = new Version(
                0,
                client.minor(),
                options.maxMessageFds(),
                options.maxDataBytes(),
                options.maxDmaMaps(),
                4096,
                options.writeMultiple());
        byte[] answer = own.text().getBytes(StandardCharsets.UTF_8);
        MemorySegment out = output.buffer();
        out.set(Wire.U16, to, (short) 0);
        out.set(Wire.U16, to + Wire.VERSION_MINOR, (short) own.minor());
        MemorySegment.copy(answer, 0, out, Wire.U8, to + Wire.VERSION_BYTES, answer.length);
        out.set(Wire.U8, to + Wire.VERSION_BYTES + answer.length, (byte) 0);
        return Wire.VERSION_BYTES + answer.length + 1;
    }

    /** Lets DMA through, or stops it, as the function's command register says. */
    void busMasterChanged() {
        if (options.watchBusMaster()) {
            memory.setEnabled((function.readConfig(COMMAND_REGISTER, 2) & BUS_MASTER) != 0);
        }
    }

    /** Carries out the command at hand; the reply's payload goes to {@code to}. */
    int execute(int command, int to) {
        MemorySegment in = input.buffer();
        long at = input.at() + HEADER_BYTES;
        int size = input.sizeBytes() - HEADER_BYTES;
        // One that was asked for without a reply, or too late, must not go with another reply.
        replyDescriptor = -1;
        if (input.fdCount() != 0 && command != Command.DMA_MAP && command != Command.DEVICE_SET_IRQS) {
            return EINVAL;
        }
        return switch (command) {
            case Command.REGION_READ -> regionRead(in, at, size, to);
            case Command.REGION_WRITE -> regionWrite(in, at, size, to);
            case Command.REGION_WRITE_MULTI -> writeMultiple(in, at, size, to);
            case Command.DMA_MAP -> size < Wire.DMA_MAP_BYTES ? EINVAL : memory.map(in, at, input);
            case Command.DMA_UNMAP -> unmap(in, at, size, to);
            case Command.DEVICE_GET_INFO -> deviceInfo(in, at, size, to);
            case Command.DEVICE_GET_REGION_INFO -> regionInfo(in, at, size, to);
            case Command.DEVICE_GET_REGION_IO_FDS -> ioFds(in, at, size, to);
            case Command.DEVICE_GET_IRQ_INFO -> irqInfo(in, at, size, to);
            case Command.DEVICE_SET_IRQS -> size < Wire.SET_IRQS_BYTES ? EINVAL : interrupts.set(in, at, size, input);
            case Command.DEVICE_RESET -> reset(size);
            case Command.DEVICE_FEATURE -> feature(in, at, size);
            // Without the migration feature there is no data to move.
            case Command.MIG_DATA_READ, Command.MIG_DATA_WRITE ->
                size < Wire.MIG_DATA_BYTES ? EINVAL : -Errno.EOPNOTSUPP.number();
            // VERSION comes once, and DMA messages go the other way.
            case Command.VERSION, Command.DMA_READ, Command.DMA_WRITE -> EINVAL;
            default -> -Errno.ENOSYS.number();
        };
    }

    private int regionRead(MemorySegment in, long at, int size, int to) {
        if (size != Wire.REGION_ACCESS_BYTES) {
            return EINVAL;
        }
        int count = regions.readSize(in, at);
        return count < 0 ? count : regions.read(in, at, count, output.buffer(), to);
    }

    private int regionWrite(MemorySegment in, long at, int size, int to) {
        if (size < Wire.REGION_ACCESS_BYTES) {
            return EINVAL;
        }
        int result;
        try {
            result = regions.write(in, at, size);
        } finally {
            if (in.get(Wire.U32, at + Wire.REGION_ACCESS_INDEX) == Wire.REGION_CONFIG) {
                busMasterChanged();
            }
        }
        if (result < 0) {
            return result;
        }
        MemorySegment out = output.buffer();
        out.set(Wire.U64, to, in.get(Wire.U64, at));
        out.set(Wire.U64, to + 8, in.get(Wire.U64, at + 8));
        return Wire.REGION_ACCESS_BYTES;
    }

    private int writeMultiple(MemorySegment in, long at, int size, int to) {
        if (!options.writeMultiple()) {
            return -Errno.EOPNOTSUPP.number();
        }
        if (size < Wire.WRITE_MULTI_BYTES) {
            return EINVAL;
        }
        int result;
        try {
            result = regions.writeMultiple(in, at, size);
        } finally {
            busMasterChanged();
        }
        if (result < 0) {
            return result;
        }
        output.buffer().set(Wire.U64, to, in.get(Wire.U64, at));
        return Wire.WRITE_MULTI_BYTES;
    }

    private int unmap(MemorySegment in, long at, int size, int to) {
        if (size < Wire.DMA_UNMAP_BYTES) {
            return EINVAL;
        }
        int result = memory.unmap(in, at);
        if (result < 0) {
            return result;
        }
        MemorySegment.copy(in, at, output.buffer(), to, Wire.DMA_UNMAP_BYTES);
        return Wire.DMA_UNMAP_BYTES;
    }

    private static boolean isShort(MemorySegment in, long at, int size, int wanted) {
        return size < wanted || Integer.compareUnsigned(in.get(Wire.U32, at + Wire.ARGSZ), wanted) < 0;
    }

    private int deviceInfo(MemorySegment in, long at, int size, int to) {
        if (isShort(in, at, size, Wire.DEVICE_INFO_BYTES)) {
            return EINVAL;
        }
        MemorySegment out = output.buffer();
        out.set(Wire.U32, to + Wire.ARGSZ, Wire.DEVICE_INFO_BYTES);
        out.set(Wire.U32, to + Wire.FLAGS, Wire.DEVICE_PCI | (function.isResettable() ? Wire.DEVICE_RESETTABLE : 0));
        out.set(Wire.U32, to + Wire.DEVICE_INFO_REGIONS, Wire.REGION_COUNT);
        out.set(Wire.U32, to + Wire.DEVICE_INFO_IRQS, Wire.IRQ_COUNT);
        return Wire.DEVICE_INFO_BYTES;
    }

    private int regionInfo(MemorySegment in, long at, int size, int to) {
        if (size < Wire.REGION_INFO_BYTES) {
            return EINVAL;
        }
        int index = in.get(Wire.U32, at + Wire.REGION_INFO_INDEX);
        long argsz = Integer.toUnsignedLong(in.get(Wire.U32, at + Wire.ARGSZ));
        int result = regions.info(index, argsz, output.buffer(), to);
        if (result > 0 && regions.carriesDescriptor(index, result)) {
            replyDescriptor = regions.descriptor(index);
        }
        return result;
    }

    private int ioFds(MemorySegment in, long at, int size, int to) {
        if (isShort(in, at, size, Wire.IO_FDS_BYTES)) {
            return EINVAL;
        }
        int index = in.get(Wire.U32, at + Wire.IO_FDS_INDEX);
        if (index < 0 || index >= Wire.REGION_COUNT || in.get(Wire.U32, at + Wire.FLAGS) != 0) {
            return EINVAL;
        }
        MemorySegment out = output.buffer();
        out.set(Wire.U32, to + Wire.ARGSZ, Wire.IO_FDS_BYTES);
        out.set(Wire.U32, to + Wire.FLAGS, 0);
        out.set(Wire.U32, to + Wire.IO_FDS_INDEX, index);
        out.set(Wire.U32, to + Wire.IO_FDS_INDEX + 4, 0);
        return Wire.IO_FDS_BYTES;
    }

    private int irqInfo(MemorySegment in, long at, int size, int to) {
        if (isShort(in, at, size, Wire.IRQ_INFO_BYTES)) {
            return EINVAL;
        }
        int index = in.get(Wire.U32, at + Wire.IRQ_INFO_INDEX);
        if (index < 0 || index >= Wire.IRQ_COUNT) {
            return EINVAL;
        }
        MemorySegment out = output.buffer();
        out.set(Wire.U32, to + Wire.ARGSZ, Wire.IRQ_INFO_BYTES);
        out.set(Wire.U32, to + Wire.FLAGS, interrupts.infoFlags(index));
        out.set(Wire.U32, to + Wire.IRQ_INFO_INDEX, index);
        out.set(Wire.U32, to + Wire.IRQ_INFO_COUNT, interrupts.count(index));
        return Wire.IRQ_INFO_BYTES;
    }

    /** Mappings and eventfds stay: QEMU does not set them up again. */
    private int reset(int size) {
        if (size != 0) {
            return EINVAL;
        }
        if (!function.isResettable()) {
            return -Errno.ENOTTY.number();
        }
        try {
            function.reset();
        } finally {
            busMasterChanged();
        }
        return 0;
    }

    /** There is no feature yet, neither migration nor dirty page logging; malformed questions are told from unknown ones. */
    private static int feature(MemorySegment in, long at, int size) {
        if (isShort(in, at, size, Wire.FEATURE_BYTES)) {
            return EINVAL;
        }
        int flags = in.get(Wire.U32, at + Wire.FLAGS);
        int operation = flags & (Wire.FEATURE_GET | Wire.FEATURE_SET | Wire.FEATURE_PROBE);
        if ((flags & ~(0xffff | operation)) != 0
                || operation == 0
                || operation == (Wire.FEATURE_GET | Wire.FEATURE_SET)) {
            return EINVAL;
        }
        return -Errno.ENOTTY.number();
    }
}
