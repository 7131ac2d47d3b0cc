// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import io.lamella.hw.vgpu.HostRpc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The plugin's end of the buffers that it shares with the host, at the start of a vGPU's management heap. The host can change them at any time:
 * a message is copied once, and the copy is used.
 */
final class HostChannel {
    private final HostRpc layout;
    private final FbSegment board;
    private final FbRange heap;
    private final long control;
    private final StructField.@Nullable U32 received;
    private long response;
    private long message;

    /**
     * A message.
     *
     * @param type number of it
     * @param sequence the host's number for it
     * @param payload our copy of the whole message buffer; becomes the answer
     */
    record Message(int type, int sequence, MemorySegment payload) {}

    HostChannel(HostRpc layout, FbSegment board, FbRange heap, long controlOffset) throws Refusal {
        this.layout = layout;
        this.board = board;
        this.heap = heap;
        control = buffer("control", controlOffset, HostRpc.CONTROL_BUFFER);
        received = layout.response().find("message_seq_num_received").isPresent()
                ? layout.response().u32("message_seq_num_received")
                : null;
    }

    private long buffer(String what, long offset, HostRpc.Buffer expected) throws Refusal {
        if (offset < 0 || offset % 8 != 0 || offset > heap.lengthBytes() - expected.sizeBytes()) {
            throw Refusal.argument("The " + what + " buffer of " + expected.sizeBytes() + " bytes at 0x"
                    + Long.toHexString(offset) + " does not lie in the management heap of " + heap.lengthBytes()
                    + " bytes.");
        }
        return heap.base() + offset;
    }

    private long field(Struct struct, String name) {
        return (struct.name().equals(layout.control().name()) ? control : response) + struct.offsetOf(name);
    }

    /** Finds the other buffers, which the host has announced in the control buffer. */
    void check() throws Refusal {
        Struct fields = layout.control();
        response = buffer("response", board.readLong(field(fields, "response_buff_offset")), HostRpc.RESPONSE_BUFFER);
        message = buffer("message", board.readLong(field(fields, "message_buff_offset")), HostRpc.MESSAGE_BUFFER);
    }

    /** Says that the plugin runs. */
    void announce() {
        VarHandle.releaseFence();
        board.writeInt(field(layout.control(), "message_seq_num"), HostRpc.BOOTLOADED);
    }

    /** The message that waits, or null if there is none. */
    @Nullable
    Message next() {
        int sequence = board.readInt(field(layout.control(), "message_seq_num"));
        if (sequence == HostRpc.BOOTLOADED
                || sequence == board.readInt(field(layout.response(), "message_seq_num_processed"))) {
            return null;
        }
        VarHandle.acquireFence();
        if (received != null) {
            board.writeInt(response + received.offset(), sequence);
        }
        MemorySegment payload = MemorySegment.ofArray(new byte[HostRpc.MESSAGE_BUFFER.sizeBytes()]);
        board.copyTo(message, payload);
        return new Message(board.readInt(field(layout.control(), "message_type")), sequence, payload);
    }

    /** Answers. */
    void answer(Message answered, int result) {
        board.copyFrom(message, answered.payload());
        board.writeInt(field(layout.response(), "result_code"), result);
        VarHandle.releaseFence();
        board.writeInt(field(layout.response(), "message_seq_num_processed"), answered.sequence());
    }
}
