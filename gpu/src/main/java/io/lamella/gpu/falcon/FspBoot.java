// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.block.Identity;
import io.lamella.gpu.firmware.FmcImage;
import io.lamella.gpu.trace.BootStep;
import io.lamella.hw.fsp.FspMessages;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.reg.Therm;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import io.lamella.pci.DmaFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The way of GB20x: the driver sends the FSP one message, which names a program for the GSP (the FMC) and its parameters. The FSP checks the program and
 * answers; the program then reads its parameters, lays out the top of video memory, starts the firmware and opens the GSP's registers to the driver.
 * What the FMC does not like it says in the GSP's first mailbox, where it otherwise leaves 0.
 */
final class FspBoot implements SecureBoot, FspUnit.Receiver {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int HEADER_WORDS = FspMessages.HEADER.sizeBytes() / 4;
    private static final int RESPONSE_WORDS = HEADER_WORDS + FspMessages.RESPONSE.sizeBytes() / 4;

    private static final Struct COT = FspMessages.COT;
    private static final Struct PRC = FspMessages.PRC;
    private static final StructField.Bytes COT_HASH = COT.bytes("hash384");
    private static final StructField.Bytes COT_KEY = COT.bytes("publicKey");
    private static final StructField.Bytes COT_SIGNATURE = COT.bytes("signature");

    private static final Struct PARAMS = GspAbi.common().fmcBootParams().orElseThrow();

    private static final String BOOT = "bootGspRmParams.";
    private static final int TARGET_COHERENT_SYSTEM = 1;
    private static final int TARGET_NON_COHERENT_SYSTEM = 2;

    private final FirmwareSlot slot;
    private final FspUnit unit;
    private final boolean vgpuMode;
    private volatile @Nullable String lastRefusal;
    private long wprStart;
    private long wprEnd;

    FspBoot(Parts parts) {
        slot = new FirmwareSlot(parts);
        Identity.addScratch(parts.bank());
        parts.bank().constant(Therm.FSP_BOOT_COMPLETE, Therm.FSP_BOOT_SUCCESS);
        parts.gspFalcon().haltRiscvAtPowerOn();
        unit = new FspUnit(parts.host(), parts.bank(), this);
        vgpuMode = parts.host().hasVirtualFunctions();
    }

    @Override
    public @Nullable String lastRefusal() {
        return lastRefusal;
    }

    /** No program of the driver's takes the protection away here: the firmware does on its way out. */
    @Override
    public void firmwareEnded() {
        slot.wpr2().clear();
    }

    @Override
    public void reset() {
        lastRefusal = null;
        wprStart = 0;
        wprEnd = 0;
        slot.gspFalcon().setLockdown(false);
        unit.reset();
    }

    @Override
    public int[] answer(int[] words) {
        if (words.length < HEADER_WORDS) {
            return response(
                    0, refuse("The packet for the FSP has no headers, or its queue's registers make no sense."));
        }
        FspMessages.Mctp packet = new FspMessages.Mctp(words[0]);
        FspMessages.Nvdm message = new FspMessages.Nvdm(words[1]);
        int type = message.type();
        if (!packet.isStart() || !packet.isEnd() || packet.sequence() != 0) {
            return response(type, refuse("The FSP takes messages of one packet."));
        }
        if (!message.isNvidia()) {
            return response(type, refuse("The packet for the FSP holds no message of NVIDIA's."));
        }
        MemorySegment payload = payload(words);
        return switch (type) {
            case FspMessages.TYPE_COT -> bootGsp(payload);
            case FspMessages.TYPE_PRC -> readSetting(payload);
            default -> response(type, FspMessages.ERROR_NOT_SUPPORTED);
        };
    }

    private static MemorySegment payload(int[] words) {
        MemorySegment payload = MemorySegment.ofArray(new byte[4 * (words.length - HEADER_WORDS)]);
        for (int i = HEADER_WORDS; i < words.length; i++) {
            payload.set(WORD, 4L * (i - HEADER_WORDS), words[i]);
        }
        return payload;
    }

    private int refuse(String sentence) {
        lastRefusal = sentence;
        return FspMessages.ERROR_INVALID_DATA;
    }

    private static int[] response(int type, int error) {
        return response(type, error, RESPONSE_WORDS);
    }

    private static int[] response(int type, int error, int words) {
        int[] response = new int[words];
        response[0] = FspMessages.Mctp.SINGLE.raw();
        response[1] = FspMessages.Nvdm.of(FspMessages.TYPE_RESPONSE).raw();
        response[HEADER_WORDS + FspMessages.RESPONSE.offsetOf("commandNvdmType") / 4] = type;
        response[HEADER_WORDS + FspMessages.RESPONSE.offsetOf("errorCode") / 4] = error;
        return response;
    }

    /** The one setting that there is: whether the board has vGPUs to give. */
    private int[] readSetting(MemorySegment payload) {
        if (payload.byteSize() != PRC.sizeBytes()) {
            return response(FspMessages.TYPE_PRC, refuse("A message for a setting has 4 bytes."));
        }
        boolean known = PRC.u8("subMessageId").get(payload, 0) == FspMessages.PRC_READ
                && PRC.u8("objectId").get(payload, 0) == FspMessages.PRC_VGPU_MODE;
        if (!known) {
            return response(FspMessages.TYPE_PRC, FspMessages.ERROR_NOT_SUPPORTED);
        }
        int words = RESPONSE_WORDS + FspMessages.PRC_RESPONSE.sizeBytes() / 4;
        int[] response = response(FspMessages.TYPE_PRC, FspMessages.OK, words);
        response[RESPONSE_WORDS] = vgpuMode ? 1 : 0;
        return response;
    }

    private int[] bootGsp(MemorySegment cot) {
        int error = checkOrder(cot);
        slot.gspFalcon().trace(BootStep.FSP_BOOT, 0, error);
        if (error == FspMessages.OK) {
            // The answer says that the order was taken; how it went on the GSP says.
            runFmc(cot);
        }
        return response(FspMessages.TYPE_COT, error);
    }

    /** What the FSP itself checks: the message, and the program that it names. */
    private int checkOrder(MemorySegment cot) {
        if (cot.byteSize() != COT.sizeBytes()
                || COT.u16("size").get(cot, 0) != COT.sizeBytes()
                || COT.u16("version").get(cot, 0) != FspMessages.COT_VERSION_BLACKWELL) {
            return refuse("The order to boot has another version or size than Blackwell's.");
        }
        if (slot.isRunning()) {
            lastRefusal = "The GSP runs already; its firmware has to end first.";
            return FspMessages.ERROR_INVALID_STATE;
        }
        byte[] hash = COT_HASH.get(cot, 0);
        byte[] key = COT_KEY.get(cot, 0);
        byte[] signature = COT_SIGNATURE.get(cot, 0);
        if (isZero(hash, 0)
                || isZero(Arrays.copyOf(key, FspMessages.BLACKWELL_KEY_BYTES), 0)
                || isZero(Arrays.copyOf(signature, FspMessages.BLACKWELL_SIGNATURE_BYTES), 0)
                || !isZero(key, FspMessages.BLACKWELL_KEY_BYTES)
                || !isZero(signature, FspMessages.BLACKWELL_SIGNATURE_BYTES)) {
            return refuse("The order to boot has no hash, key or signature, or one longer than Blackwell's.");
        }
        try {
            return FmcImage.hashMatches(
                            slot.host().dma(), COT.u64("gspFmcSysmemOffset").get(cot, 0), hash)
                    ? FspMessages.OK
                    : refuse("The program for the GSP is not the one that the hash is of.");
        } catch (DmaFaultException e) {
            return refuse("The program for the GSP cannot be read.");
        }
    }

    private static boolean isZero(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private void runFmc(MemorySegment cot) {
        FalconUnit gsp = slot.gspFalcon();
        long arguments = COT.u64("gspBootArgsSysmemOffset").get(cot, 0);
        gsp.setLockdown(true);
        gsp.setMailbox(1, (int) (arguments >>> 32));
        gsp.setMailbox(0, (int) arguments);
        WprMeta.Refusal refusal;
        try {
            refusal = startFirmware(cot, arguments);
        } catch (DmaFaultException e) {
            refusal = WprMeta.Refusal.UNREADABLE;
        }
        lastRefusal = refusal == null ? null : refusal.sentence();
        int result = refusal == null ? 0 : refusal.code();
        gsp.trace(BootStep.FMC_RUN, arguments, result);
        // The first mailbox first: a driver takes any address but its own for an error.
        gsp.setMailbox(0, result);
        gsp.setMailbox(1, 0);
        gsp.setLockdown(false);
    }

    private WprMeta.@Nullable Refusal startFirmware(MemorySegment cot, long arguments) {
        MemorySegment params = MemorySegment.ofArray(new byte[PARAMS.sizeBytes()]);
        slot.host().dma().read(arguments, params);
        if (!isSystem(PARAMS.u32(BOOT + "target").get(params, 0))
                || !isSystem(PARAMS.u32("gspRmParams.target").get(params, 0))
                || PARAMS.u32(BOOT + "gspRmDescSize").value(params, 0) < WprMeta.SIZE_BYTES
                || !PARAMS.u8(BOOT + "bIsGspRmBoot").isSet(params, 0)) {
            return WprMeta.Refusal.PARAMETERS;
        }
        long metaAddress = PARAMS.u64(BOOT + "gspRmDescOffset").get(params, 0);
        WprMeta meta = slot.read(metaAddress);
        if (meta.magic() == BootStructs.SR_META_MAGIC) {
            return wprEnd != 0 && slot.resume(wprStart, wprEnd) ? null : WprMeta.Refusal.SUSPEND_RESUME;
        }
        if (meta.magic() != BootStructs.WPR_META_MAGIC) {
            return WprMeta.Refusal.MAGIC;
        }
        // The order says how far below the end of video memory the FRTS data ends.
        long memory = slot.host().memory().frameBufferBytes();
        long reserved = COT.u64("frtsVidmemOffset").get(cot, 0);
        long frtsBytes = COT.u32("frtsVidmemSize").value(cot, 0);
        if (reserved < 0 || reserved > memory || frtsBytes != meta.frtsBytes()) {
            return WprMeta.Refusal.LAYOUT;
        }
        WprMeta complete = meta.laidOut(memory, memory - reserved);
        WprMeta.Refusal refusal = complete == null ? WprMeta.Refusal.LAYOUT : complete.refusal(memory);
        if (complete == null || refusal != null) {
            return refusal;
        }
        wprStart = complete.wprStart();
        wprEnd = complete.wprEnd();
        slot.start(complete, PARAMS.u64("gspRmParams.bootArgsOffset").get(params, 0), metaAddress, false);
        return null;
    }

    private static boolean isSystem(int target) {
        return target == TARGET_COHERENT_SYSTEM || target == TARGET_NON_COHERENT_SYSTEM;
    }
}
