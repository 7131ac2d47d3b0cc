// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.fsp;

import io.lamella.hw.Field;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructCatalog;

/**
 * Messages to the FSP and what comes back: a packet of MCTP that holds one message of NVIDIA's (NVDM).
 *
 * <p>The driver writes the packet into the FSP's memory through port 0 ({@link Fbif#EMEMC}, {@link Fbif#EMEMD} at {@link Falcons#FSP}), from offset 0 on, then
 * the offset of its last word into {@link Fbif#QUEUE_TAIL} and 0 into {@link Fbif#QUEUE_HEAD}, which rings. The answer is in the same memory, its
 * extent in {@link Fbif#MSGQ_HEAD} and {@link Fbif#MSGQ_TAIL} in the same way; the driver writes 0 to both once it has read it.
 */
public final class FspMessages {
    private static final StructCatalog STRUCTS = StructCatalog.load(FspMessages.class, "fsp.layout");

    public static final Struct HEADER = STRUCTS.get("MCTP_NVDM_HEADER");
    public static final Struct COT = STRUCTS.get("NVDM_PAYLOAD_COT");
    public static final Struct PRC = STRUCTS.get("NVDM_PAYLOAD_PRC");
    public static final Struct RESPONSE = STRUCTS.get("NVDM_PAYLOAD_COMMAND_RESPONSE");
    public static final Struct PRC_RESPONSE = STRUCTS.get("NVDM_PAYLOAD_PRC_RESPONSE");

    /** Container of the FMC. */
    public static final Struct ELF_HEADER = STRUCTS.get("ELF32_HEADER");

    public static final Struct ELF_SECTION = STRUCTS.get("ELF32_SECTION");

    /** Bytes of the part of the FSP's memory that is the driver's, and so of the longest packet. */
    public static final int CHANNEL_BYTES = 1024;

    /** {@code type} of the NVDM header: read or write a setting of the product. */
    public static final int TYPE_PRC = 0x13;

    /** Boot the GSP ("chain of trust"). */
    public static final int TYPE_COT = 0x14;

    /** The answer to any message. */
    public static final int TYPE_RESPONSE = 0x15;

    /** {@code version} of {@link #COT} on Blackwell. */
    public static final int COT_VERSION_BLACKWELL = 2;

    /** Bytes of a hash (SHA-384), and of Blackwell's keys and signatures; the rest of their fields is 0. */
    public static final int HASH_BYTES = 48;

    public static final int BLACKWELL_KEY_BYTES = 97;
    public static final int BLACKWELL_SIGNATURE_BYTES = 96;

    /** {@code subMessageId} of {@link #PRC}: read. */
    public static final int PRC_READ = 0x0c;

    /** {@code flags} of {@link #PRC}: the value of this boot, not that of the next. */
    public static final int PRC_ACTIVE = 2;

    /** {@code objectId} of {@link #PRC}: whether the GPU is to have vGPUs; 1 if so. */
    public static final int PRC_VGPU_MODE = 0x29;

    /** {@code errorCode} of {@link #RESPONSE}: done. */
    public static final int OK = 0;

    /** Nothing that could be done now. */
    public static final int ERROR_INVALID_STATE = 0x9e;

    /** Not known. */
    public static final int ERROR_NOT_SUPPORTED = 0xa0;

    /** Known, but wrong. */
    public static final int ERROR_INVALID_DATA = 0xa1;

    private FspMessages() {}

    /**
     * The word in front of a packet.
     *
     * @param raw the word
     */
    public record Mctp(int raw) {
        private static final Field START = Field.bit(31);
        private static final Field END = Field.bit(30);
        private static final Field SEQUENCE = Field.bits(29, 28);
        private static final Field TAG = Field.bits(26, 24);
        private static final Field SOURCE = Field.bits(23, 16);

        /** Of a message that is one packet. */
        public static final Mctp SINGLE = new Mctp(START.mask() | END.mask());

        /** Bit 31: a message begins with it. */
        public boolean isStart() {
            return START.isSet(raw);
        }

        /** Bit 30: a message ends with it. */
        public boolean isEnd() {
            return END.isSet(raw);
        }

        /** Bits 29:28: its number in the message, modulo 4; 0 for the first. */
        public int sequence() {
            return SEQUENCE.get(raw);
        }

        /** Bits 26:24: which message it belongs to. */
        public int tag() {
            return TAG.get(raw);
        }

        /** Bits 23:16: who sent it. */
        public int source() {
            return SOURCE.get(raw);
        }
    }

    /**
     * The word in front of a message.
     *
     * @param raw the word
     */
    public record Nvdm(int raw) {
        private static final Field TYPE = Field.bits(31, 24);
        private static final Field VENDOR = Field.bits(23, 8);
        private static final Field MESSAGE_TYPE = Field.bits(6, 0);
        private static final int VENDOR_NVIDIA = 0x10de;
        private static final int VENDOR_DEFINED_PCI = 0x7e;

        /** Of a message of a type. */
        public static Nvdm of(int type) {
            return new Nvdm(TYPE.with(VENDOR.with(VENDOR_DEFINED_PCI, VENDOR_NVIDIA), type));
        }

        /** Bits 31:24: such as {@link FspMessages#TYPE_COT}. */
        public int type() {
            return TYPE.get(raw);
        }

        /** Whether it is a message of NVIDIA's at all. */
        public boolean isNvidia() {
            return VENDOR.get(raw) == VENDOR_NVIDIA && MESSAGE_TYPE.get(raw) == VENDOR_DEFINED_PCI;
        }
    }
}
