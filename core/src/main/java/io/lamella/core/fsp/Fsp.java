// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.fsp;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.hw.Loc;
import io.lamella.hw.fsp.FspMessages;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import io.lamella.hw.reg.Therm;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;

/** Conversations with the FSP. */
public final class Fsp {
    private static final int TIMEOUT_MILLIS = 4_000;
    private static final int PORT = 0;
    private static final int WORD = Integer.BYTES;
    private static final Struct HEADER = FspMessages.HEADER;
    private static final Struct RESPONSE = FspMessages.RESPONSE;

    private final Device device;

    public Fsp(Device device) {
        this.device = device;
    }

    /** Waits until the FSP has started the chip. */
    public void awaitStartUp(int timeoutMillis) {
        device.await(
                "be started by its FSP",
                timeoutMillis,
                () -> device.read(Therm.FSP_BOOT_COMPLETE).status() == Therm.FSP_BOOT_SUCCESS);
    }

    /** Whether the board is set to have virtual GPUs. A board that does not know the setting has none. */
    public boolean isVgpuModeOn() {
        MemorySegment question = MemorySegment.ofArray(new byte[FspMessages.PRC.sizeBytes()]);
        FspMessages.PRC.u8("subMessageId").set(question, 0, FspMessages.PRC_READ);
        FspMessages.PRC.u8("flags").set(question, 0, FspMessages.PRC_ACTIVE);
        FspMessages.PRC.u8("objectId").set(question, 0, FspMessages.PRC_VGPU_MODE);
        Answer answer = call(FspMessages.TYPE_PRC, question);
        return answer.error == FspMessages.OK && answer.content.field(FspMessages.PRC_RESPONSE, "value") == 1;
    }

    /**
     * Has the GSP's first program checked, loaded and started.
     *
     * @param order in the layout of {@link FspMessages#COT}
     */
    public void bootGsp(MemorySegment order) {
        Answer answer = call(FspMessages.TYPE_COT, order);
        if (answer.error != FspMessages.OK) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    String.format("The FSP refused to start the GSP's firmware: error 0x%x.", answer.error));
        }
    }

    /** What the FSP said. */
    private record Answer(int error, Bytes content) {}

    private Answer call(int type, MemorySegment payload) {
        device.await(
                "let its FSP take a message", TIMEOUT_MILLIS, () -> read(Fbif.QUEUE_HEAD) == read(Fbif.QUEUE_TAIL));
        MemorySegment packet = MemorySegment.ofArray(new byte[HEADER.sizeBytes() + (int) payload.byteSize()]);
        HEADER.u32("mctp").set(packet, 0, FspMessages.Mctp.SINGLE.raw());
        HEADER.u32("nvdm").set(packet, 0, FspMessages.Nvdm.of(type).raw());
        MemorySegment.copy(payload, 0, packet, HEADER.sizeBytes(), payload.byteSize());
        send(packet);
        device.await("answer through its FSP", TIMEOUT_MILLIS, () -> read(Fbif.MSGQ_HEAD) != read(Fbif.MSGQ_TAIL));
        return answer(type, receive());
    }

    private void send(MemorySegment packet) {
        write(Fbif.EMEMC, new Fbif.Ememc(0).withAutoIncrementWrite(true).raw());
        for (long at = 0; at < packet.byteSize(); at += WORD) {
            write(Fbif.EMEMD, packet.get(Bytes.INT, at));
        }
        // The tail is the last word's place; writing the head rings.
        write(Fbif.QUEUE_TAIL, (int) packet.byteSize() - WORD);
        write(Fbif.QUEUE_HEAD, 0);
    }

    private Bytes receive() {
        int sizeBytes = read(Fbif.MSGQ_TAIL) - read(Fbif.MSGQ_HEAD) + WORD;
        if (sizeBytes <= 0 || sizeBytes > FspMessages.CHANNEL_BYTES || sizeBytes % WORD != 0) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT, "The FSP says that its answer has " + sizeBytes + " bytes.");
        }
        MemorySegment packet = MemorySegment.ofArray(new byte[sizeBytes]);
        write(Fbif.EMEMC, new Fbif.Ememc(0).withAutoIncrementRead(true).raw());
        for (long at = 0; at < sizeBytes; at += WORD) {
            packet.set(Bytes.INT, at, read(Fbif.EMEMD));
        }
        write(Fbif.MSGQ_TAIL, 0);
        write(Fbif.MSGQ_HEAD, 0);
        return new Bytes("The FSP's answer", packet);
    }

    private static Answer answer(int type, Bytes packet) {
        FspMessages.Mctp mctp = new FspMessages.Mctp((int) packet.field(HEADER, "mctp"));
        FspMessages.Nvdm nvdm = new FspMessages.Nvdm((int) packet.field(HEADER, "nvdm"));
        if (!mctp.isStart() || !mctp.isEnd() || !nvdm.isNvidia() || nvdm.type() != FspMessages.TYPE_RESPONSE) {
            throw packet.broken(String.format("its headers are 0x%08x and 0x%08x", mctp.raw(), nvdm.raw()));
        }
        Bytes response = packet.slice("body", HEADER.sizeBytes(), packet.sizeBytes() - HEADER.sizeBytes());
        long answered = response.field(RESPONSE, "commandNvdmType");
        if (answered != type) {
            throw packet.broken(String.format("it answers message 0x%x and not 0x%x", answered, type));
        }
        return new Answer(
                (int) response.field(RESPONSE, "errorCode"),
                response.slice("content", RESPONSE.sizeBytes(), response.sizeBytes() - RESPONSE.sizeBytes()));
    }

    private int read(Loc.RelativeArray<?> register) {
        return device.read(register.in(Falcons.FSP.falcon()).offset(PORT));
    }

    private void write(Loc.RelativeArray<?> register, int value) {
        device.write(register.in(Falcons.FSP.falcon()).offset(PORT), value);
    }
}
