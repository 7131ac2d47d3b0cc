// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.Cell;
import io.lamella.gpu.block.Wpr2;
import io.lamella.gpu.trace.BootStep;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.reg.Pbus;
import io.lamella.hw.struct.Struct;

/**
 * FWSEC, the VBIOS's own program on the GSP falcon. Its data holds a mapper that names a command and where the command's arguments are; the
 * driver writes both before it loads the data. FRTS sets up the write-protected region; SB ends the secure state again at unload.
 */
public final class Fwsec implements FalconProgram {
    /** Errors that FRTS leaves in bits 31:16 of its scratch register. Their numbers are this model's own. */
    static final int ERROR_NO_MAPPER = 1;

    static final int ERROR_COMMAND = 2;
    static final int ERROR_REGION = 3;
    static final int ERROR_WPR2_IS_SET = 4;

    private static final Struct MAPPER = BootStructs.DMEM_MAPPER_V3;
    private static final int MAPPER_VERSION_AND_SIZE = MAPPER.sizeBytes() << 16 | BootStructs.VERSION_3;
    private static final int MAPPER_VERSION = MAPPER.offsetOf("version");
    private static final int MAPPER_INPUT = MAPPER.offsetOf("cmdInBufferOffset");
    private static final int MAPPER_COMMAND = MAPPER.offsetOf("initCommand");
    private static final Struct COMMAND = BootStructs.FWSEC_FRTS_COMMAND;
    private static final int REGION_ADDRESS = COMMAND.offsetOf("region.offset4K");
    private static final int REGION_SIZE = COMMAND.offsetOf("region.size4K");
    private static final int REGION_TYPE = COMMAND.offsetOf("region.type");
    private static final int PAGE_SHIFT = 12;

    private final Wpr2 wpr2;
    private final long frameBufferBytes;
    private final Cell.Storage frtsScratch;
    private final Cell.Storage sbScratch;

    /** Adds the two scratch registers in which FWSEC reports. */
    public Fwsec(BankBuilder bank, Wpr2 wpr2, long frameBufferBytes) {
        this.wpr2 = wpr2;
        this.frameBufferBytes = frameBufferBytes;
        frtsScratch = bank.storage(Pbus.SCRATCH.at(Pbus.FRTS_SCRATCH_INDEX));
        sbScratch = bank.storage(Pbus.SCRATCH.at(Pbus.SB_SCRATCH_INDEX));
    }

    /** Makes it what the falcon runs once code was loaded. */
    public void installOn(FalconUnit gsp) {
        gsp.program(this);
    }

    @Override
    public boolean usesDma() {
        return false;
    }

    @Override
    public void run(FalconUnit falcon) {
        LocalMemory dmem = falcon.dmem();
        int mapper = findMapper(dmem);
        int error;
        BootStep step = BootStep.FWSEC_REFUSED;
        if (mapper < 0) {
            error = ERROR_NO_MAPPER;
            frtsScratch.set(error << 16);
        } else {
            error = switch (dmem.readInt(mapper + MAPPER_COMMAND)) {
                case BootStructs.FWSEC_COMMAND_FRTS -> {
                    step = BootStep.FWSEC_FRTS;
                    int result = frts(dmem, dmem.readInt(mapper + MAPPER_INPUT));
                    frtsScratch.set(result << 16);
                    yield result;
                }
                case BootStructs.FWSEC_COMMAND_SB -> {
                    step = BootStep.FWSEC_SB;
                    sbScratch.set(0);
                    yield 0;
                }
                default -> ERROR_COMMAND;
            };
        }
        falcon.setMailbox(0, error);
        falcon.trace(step, mapper < 0 ? 0 : dmem.readInt(mapper + MAPPER_COMMAND), error);
    }

    private static int findMapper(LocalMemory dmem) {
        for (int at = 0; at <= dmem.sizeBytes() - MAPPER.sizeBytes(); at += 4) {
            if (dmem.readInt(at) == BootStructs.DMEM_MAPPER_SIGNATURE
                    && dmem.readInt(at + MAPPER_VERSION) == MAPPER_VERSION_AND_SIZE) {
                return at;
            }
        }
        return -1;
    }

    private int frts(LocalMemory dmem, int arguments) {
        if (arguments < 0 || arguments > dmem.sizeBytes() - COMMAND.sizeBytes()) {
            return ERROR_COMMAND;
        }
        if (dmem.readInt(arguments + REGION_TYPE) != BootStructs.FRTS_REGION_FRAME_BUFFER) {
            return ERROR_COMMAND;
        }
        long start = Integer.toUnsignedLong(dmem.readInt(arguments + REGION_ADDRESS)) << PAGE_SHIFT;
        long size = Integer.toUnsignedLong(dmem.readInt(arguments + REGION_SIZE)) << PAGE_SHIFT;
        if (size == 0 || start + size > frameBufferBytes) {
            return ERROR_REGION;
        }
        if (wpr2.isSet()) {
            return ERROR_WPR2_IS_SET;
        }
        wpr2.set(start, start + size);
        return 0;
    }
}
