// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.client;

import static io.lamella.vfiouser.wire.Wire.DMA_ACCESS_BYTES;
import static io.lamella.vfiouser.wire.Wire.HEADER_BYTES;

import io.lamella.linux.Errno;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import io.lamella.vfiouser.wire.Command;
import io.lamella.vfiouser.wire.MessageInput;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The server's DMA messages, carried out in the client's memory. They are rare, so a reply may be put together anew each time. */
final class DmaExchange {
    /** Where a reply goes. */
    interface Reply {
        void send(MemorySegment head, long headBytes, MemorySegment body, long bodyBytes);
    }

    private DmaExchange() {}

    static void serve(MessageInput input, @Nullable DmaSpace memory, int maxDataBytes, Reply reply) {
        int command = input.command();
        boolean silent = (input.flags() & Wire.FLAG_NO_REPLY) != 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(HEADER_BYTES + DMA_ACCESS_BYTES, 8);
            MemorySegment body = MemorySegment.NULL;
            int error = check(input, command, memory, maxDataBytes);
            if (error == 0 && memory != null) {
                long at = input.at() + HEADER_BYTES;
                long iova = input.buffer().get(Wire.U64, at);
                long count = input.buffer().get(Wire.U64, at + Wire.DMA_ACCESS_COUNT);
                head.set(Wire.U64, HEADER_BYTES, iova);
                head.set(Wire.U64, HEADER_BYTES + Wire.DMA_ACCESS_COUNT, count);
                try {
                    if (command == Command.DMA_READ) {
                        body = arena.allocate(count, 8);
                        memory.read(iova, body);
                    } else {
                        memory.write(iova, input.buffer().asSlice(at + DMA_ACCESS_BYTES, count));
                    }
                } catch (DmaFaultException e) {
                    error = Errno.ENODEV.number();
                }
            }
            if (silent) {
                return;
            }
            if (error != 0) {
                Wire.header(head, 0, input.id(), command, HEADER_BYTES, Wire.TYPE_REPLY | Wire.FLAG_ERROR, error);
                reply.send(head, HEADER_BYTES, MemorySegment.NULL, 0);
            } else {
                int size = HEADER_BYTES + DMA_ACCESS_BYTES + (int) body.byteSize();
                Wire.header(head, 0, input.id(), command, size, Wire.TYPE_REPLY, 0);
                reply.send(head, HEADER_BYTES + DMA_ACCESS_BYTES, body, body.byteSize());
            }
        }
    }

    private static int check(MessageInput input, int command, @Nullable DmaSpace memory, int maxDataBytes) {
        if (command != Command.DMA_READ && command != Command.DMA_WRITE) {
            return Errno.ENOSYS.number();
        }
        int size = input.sizeBytes() - HEADER_BYTES - DMA_ACCESS_BYTES;
        if (size < 0) {
            return Errno.EINVAL.number();
        }
        long count = input.buffer().get(Wire.U64, input.at() + HEADER_BYTES + Wire.DMA_ACCESS_COUNT);
        if (count <= 0 || count > maxDataBytes) {
            return Errno.E2BIG.number();
        }
        if (command == Command.DMA_WRITE && size != count) {
            return Errno.EINVAL.number();
        }
        return memory == null ? Errno.ENODEV.number() : 0;
    }
}
