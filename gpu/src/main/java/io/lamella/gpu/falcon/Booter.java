// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.trace.BootStep;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import io.lamella.pci.DmaFaultException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Booter, the program on SEC2 that starts the GSP's firmware and removes it again. Its mailboxes say which: the address of the WPR metadata to
 * load, 0xff and 0xff to unload. With the address of suspend and resume metadata it does either, whichever is not done yet: it removes the
 * firmware and seals the metadata, or puts back the firmware that it was sealed for.
 *
 * <p>A real one writes the firmware's memory, encrypted, to where the metadata says. Here the firmware's state stays with the GSP and the frame
 * buffer keeps its content; the seal, in the place of the HMAC, tells that the two belong together.
 */
final class Booter implements FalconProgram {
    /** The part that is the same in every release. */
    private static final Struct SR_LAYOUT = GspAbi.common().suspendResumeMeta();

    private static final StructField.U64 SR_REVISION = SR_LAYOUT.u64("revision");
    // What follows is the booter's own; releases call it differently.
    private static final int SR_SEAL_OFFSET = SR_LAYOUT.offsetOf("sizeOfSuspendResumeData") + Long.BYTES;
    private static final int SR_SEAL_BYTES = 32;
    private static final long UNLOAD = (long) BootStructs.BOOTER_NO_SUSPEND << 32 | BootStructs.BOOTER_NO_SUSPEND;

    private final FirmwareSlot slot;
    private volatile WprMeta.@Nullable Refusal lastRefusal;
    private long loadedStart;
    private long savedStart;
    private long savedEnd;
    private byte[] seal = new byte[0];

    /** @param slot where the firmware goes */
    Booter(FirmwareSlot slot) {
        this.slot = slot;
    }

    /** Makes it what the falcon runs. */
    void installOn(FalconUnit sec2) {
        sec2.program(this);
    }

    /** Why the last run failed, as a sentence, or null if it succeeded. Any thread. */
    @Nullable
    String lastRefusal() {
        WprMeta.Refusal refusal = lastRefusal;
        return refusal == null ? null : refusal.sentence();
    }

    @Override
    public boolean usesDma() {
        return true;
    }

    @Override
    public void run(FalconUnit sec2) {
        long argument = sec2.mailboxAddress();
        WprMeta.Refusal refusal = argument == UNLOAD ? unload() : load(argument);
        lastRefusal = refusal;
        int result = refusal == null ? 0 : refusal.code();
        sec2.setMailbox(0, result);
        sec2.trace(argument == UNLOAD ? BootStep.BOOTER_UNLOAD : BootStep.BOOTER_LOAD, argument, result);
    }

    private WprMeta.@Nullable Refusal load(long address) {
        WprMeta meta;
        try {
            meta = slot.read(address);
        } catch (DmaFaultException e) {
            return WprMeta.Refusal.UNREADABLE;
        }
        if (meta.magic() == BootStructs.SR_META_MAGIC) {
            if (SR_REVISION.get(meta.bytes(), 0) != BootStructs.SR_META_REVISION) {
                return WprMeta.Refusal.REVISION;
            }
            return isLoaded() ? save(address) : restore(meta.bytes());
        }
        if (meta.magic() != BootStructs.WPR_META_MAGIC) {
            return WprMeta.Refusal.MAGIC;
        }
        WprMeta.Refusal refusal = meta.refusal(slot.host().memory().frameBufferBytes());
        if (refusal != null) {
            return refusal;
        }
        if (!slot.wpr2().isSet() || slot.wpr2().start() != meta.frtsOffset()) {
            return slot.isRunning() ? WprMeta.Refusal.RUNNING : WprMeta.Refusal.NO_FRTS;
        }
        loadedStart = meta.wprStart();
        seal = new byte[0];
        slot.start(meta, slot.gspFalcon().mailboxAddress(), address, true);
        return null;
    }

    /** The driver's word that the firmware is suspended is checked by the GSP, when it is to go on. */
    private WprMeta.@Nullable Refusal save(long address) {
        byte[] newSeal = new byte[SR_SEAL_BYTES];
        slot.host().random().nextBytes(newSeal);
        try {
            slot.host().dma().write(address + SR_SEAL_OFFSET, MemorySegment.ofArray(newSeal));
        } catch (DmaFaultException e) {
            return WprMeta.Refusal.UNREADABLE;
        }
        savedStart = slot.wpr2().start();
        savedEnd = slot.wpr2().end();
        seal = newSeal;
        return unload();
    }

    private WprMeta.@Nullable Refusal restore(MemorySegment bytes) {
        if (slot.isRunning()) {
            return WprMeta.Refusal.RUNNING;
        }
        if (seal.length == 0
                || MemorySegment.ofArray(seal).mismatch(bytes.asSlice(SR_SEAL_OFFSET, SR_SEAL_BYTES)) >= 0) {
            return WprMeta.Refusal.SUSPEND_RESUME;
        }
        seal = new byte[0];
        loadedStart = savedStart;
        return slot.resume(savedStart, savedEnd) ? null : WprMeta.Refusal.SUSPEND_RESUME;
    }

    /** FWSEC protects the FRTS data alone; only this program has widened that to the whole firmware. */
    private boolean isLoaded() {
        return slot.wpr2().isSet() && loadedStart != 0 && slot.wpr2().start() == loadedStart;
    }

    private WprMeta.@Nullable Refusal unload() {
        slot.clear();
        return null;
    }
}
