// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructCatalog;
import java.nio.charset.StandardCharsets;

/**
 * What secure boot reads, the same for every release: the VBIOS's images and tables, containers of firmware files, ucode descriptors, and the
 * command area of FWSEC.
 *
 * <p>Facts: nouveau include/nvfw, nvkm/subdev/gsp/fwsec.c and ga102.c, nvkm/subdev/bios; nova-core firmware.rs, fwsec.rs, vbios.rs.
 */
public final class BootStructs {
    private static final StructCatalog STRUCTS = StructCatalog.load(BootStructs.class, "boot.layout");

    /** In front of every firmware file but {@code gsp}. */
    public static final Struct BIN_HEADER = STRUCTS.get("BIN_HEADER");

    public static final Struct HS_HEADER_V2 = STRUCTS.get("HS_HEADER_V2");
    public static final Struct HS_LOAD_HEADER_V2 = STRUCTS.get("HS_LOAD_HEADER_V2");
    public static final Struct HS_APP = STRUCTS.get("HS_APP");
    public static final Struct HS_META = STRUCTS.get("HS_META");
    public static final Struct FALCON_UCODE_DESC_V3 = STRUCTS.get("FALCON_UCODE_DESC_V3");
    public static final Struct APP_INTERFACE_HEADER = STRUCTS.get("APP_INTERFACE_HEADER");
    public static final Struct APP_INTERFACE_ENTRY = STRUCTS.get("APP_INTERFACE_ENTRY");
    public static final Struct DMEM_MAPPER_V3 = STRUCTS.get("DMEM_MAPPER_V3");
    public static final Struct FWSEC_FRTS_COMMAND = STRUCTS.get("FWSEC_FRTS_COMMAND");
    public static final Struct PMU_LOOKUP_TABLE_HEADER = STRUCTS.get("PMU_LOOKUP_TABLE_HEADER");
    public static final Struct PMU_LOOKUP_TABLE_ENTRY = STRUCTS.get("PMU_LOOKUP_TABLE_ENTRY");
    public static final Struct ROM_IMAGE_HEADER = STRUCTS.get("ROM_IMAGE_HEADER");
    public static final Struct PCIR = STRUCTS.get("PCIR");
    public static final Struct NPDE = STRUCTS.get("NPDE");
    public static final Struct BIT_HEADER = STRUCTS.get("BIT_HEADER");
    public static final Struct BIT_TOKEN = STRUCTS.get("BIT_TOKEN");

    /** {@code signature} of {@link #ROM_IMAGE_HEADER}. */
    public static final int ROM_SIGNATURE = 0xaa55;

    /** Unit of the sizes in {@link #ROM_IMAGE_HEADER}, {@link #PCIR} and {@link #NPDE}. */
    public static final int ROM_BLOCK_BYTES = 512;

    /** {@code signature} of {@link #PCIR}: "PCIR". */
    public static final int PCIR_SIGNATURE = 0x52494350;

    /** {@code signature} of {@link #NPDE}: "NPDE". */
    public static final int NPDE_SIGNATURE = 0x4544504e;

    /** Bit in {@code indicator} of {@link #PCIR} and {@link #NPDE}: no image follows. */
    public static final int LAST_IMAGE = 0x80;

    /** {@code codeType} of the image with the tables. */
    public static final int CODE_TYPE_PC_AT = 0x00;

    /** {@code codeType} of the image with FWSEC. */
    public static final int CODE_TYPE_FWSEC = 0xe0;

    /** {@code id} of {@link #BIT_HEADER}; "BIT" and a zero follow as its {@code signature}. */
    public static final int BIT_ID = 0xb8ff;

    /** {@code id} of the {@link #BIT_TOKEN} that leads to the table of ucodes. */
    public static final int BIT_TOKEN_FALCON_DATA = 'p';

    /** Its {@code version}. */
    public static final int BIT_TOKEN_FALCON_DATA_VERSION = 2;

    /** {@code magic} of {@link #BIN_HEADER}. */
    public static final int BIN_MAGIC = 0x10de;

    /** Bytes of one signature of a v3 ucode or a booter: RSA-3K. */
    public static final int SIGNATURE_BYTES = 384;

    /** Bit in {@code header} of {@link #FALCON_UCODE_DESC_V3}: there is a version in bits 15:8, and a size in bits 31:16. */
    public static final int UCODE_DESC_HAS_VERSION = 1;

    /** Version of {@link #FALCON_UCODE_DESC_V3}, and of {@link #DMEM_MAPPER_V3}. */
    public static final int VERSION_3 = 3;

    /** Bit of the GSP in {@code engineIdMask} of {@link #FALCON_UCODE_DESC_V3}. */
    public static final int ENGINE_ID_GSP = 0x400;

    /** Bit of NVDEC. */
    public static final int ENGINE_ID_NVDEC = 0x4;

    /** Bit of SEC2, in {@code engineId} of {@link #HS_META} too. */
    public static final int ENGINE_ID_SEC2 = 1;

    /** {@code signature} of {@link #DMEM_MAPPER_V3}: "DMAP". */
    public static final int DMEM_MAPPER_SIGNATURE = 0x50414d44;

    /** {@code id} of the DMEM mapper's {@link #APP_INTERFACE_ENTRY}. */
    public static final int APP_INTERFACE_DMEM_MAPPER = 4;

    /** {@code initCommand} of FWSEC: set up the write-protected region with the FRTS data. */
    public static final int FWSEC_COMMAND_FRTS = 0x15;

    /** {@code initCommand} of FWSEC: tear down at unload. */
    public static final int FWSEC_COMMAND_SB = 0x19;

    /** {@code version} of {@link #APP_INTERFACE_HEADER} and of both parts of {@link #FWSEC_FRTS_COMMAND}. */
    public static final int VERSION_1 = 1;

    /** {@code readVbios.flags} of {@link #FWSEC_FRTS_COMMAND}: the VBIOS is where the program came from. */
    public static final int FWSEC_READ_VBIOS_FLAGS = 2;

    /** {@code region.type} of {@link #FWSEC_FRTS_COMMAND}: in frame buffer. */
    public static final int FRTS_REGION_FRAME_BUFFER = 2;

    /** Type of the FWSEC entry in the table of ucodes. */
    public static final int UCODE_TYPE_FWSEC_PROD = 0x85;

    /** {@code magic} of GspFwWprMeta. */
    public static final long WPR_META_MAGIC = 0xdc3aae21371a60b3L;

    /** {@code revision} of GspFwWprMeta. */
    public static final long WPR_META_REVISION = 1;

    /** {@code verified} of GspFwWprMeta once the booter has checked it: in its copy in protected memory, never in what a driver passes. */
    public static final long WPR_META_VERIFIED = 0xa0a0a0a0a0a0a0a0L;

    /** {@code magic} of GspFwSRMeta. */
    public static final long SR_META_MAGIC = 0x8a3bb9e6c6c39d93L;

    /** {@code revision} of GspFwSRMeta. */
    public static final long SR_META_REVISION = 2;

    /** {@code id8} of LibosMemoryRegionInitArgument for the arguments of the resource manager. */
    public static final long LIBOS_RMARGS = libosId("RMARGS");

    /** What booter-unload finds in each of SEC2's mailboxes when nothing is to be suspended. */
    public static final int BOOTER_NO_SUSPEND = 0xff;

    /** Bit of the GSP's first mailbox: the firmware has unloaded. */
    public static final int MAILBOX_UNLOADED = 0x8000_0000;

    private BootStructs() {}

    /** A region's name of at most 8 letters as {@code id8} has it: the last letter in the low byte. */
    public static long libosId(String name) {
        long id = 0;
        for (byte letter : name.getBytes(StandardCharsets.US_ASCII)) {
            id = (id << 8) | letter;
        }
        return id;
    }
}
