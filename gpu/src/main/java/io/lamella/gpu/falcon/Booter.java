// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.block.Wpr2;
import io.lamella.gpu.port.GspPort;
import io.lamella.gpu.trace.BootStep;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.pci.DmaFaultException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Booter, the program on SEC2 that starts the GSP's firmware and removes it again. Its mailboxes say which: the address of the WPR metadata to
 * load, 0xff and 0xff to unload.
 */
public final class Booter implements FalconProgram {
    private static final long UNLOAD = (long) BootStructs.BOOTER_NO_SUSPEND << 32 | BootStructs.BOOTER_NO_SUSPEND;

    private final FalconHost host;
    private final FalconUnit gspFalcon;
    private final Wpr2 wpr2;
    private final GspPort gsp;
    private volatile WprMeta.@Nullable Refusal lastRefusal;
    private long loadedStart;

    /** @param gsp the GSP to start */
    public Booter(FalconHost host, FalconUnit gspFalcon, Wpr2 wpr2, GspPort gsp) {
        this.host = host;
        this.gspFalcon = gspFalcon;
        this.wpr2 = wpr2;
        this.gsp = gsp;
    }

    /** Makes it what the falcon runs. */
    public void installOn(FalconUnit sec2) {
        sec2.program(this);
    }

    /** Why the last run failed, as a sentence, or null if it succeeded. Any thread. */
    public @Nullable String lastRefusal() {
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
        MemorySegment bytes = MemorySegment.ofArray(new byte[WprMeta.SIZE_BYTES]);
        try {
            host.dma().read(address, bytes);
        } catch (DmaFaultException e) {
            return WprMeta.Refusal.UNREADABLE;
        }
        WprMeta meta = new WprMeta(bytes);
        if (meta.magic() == BootStructs.SR_META_MAGIC) {
            // Unloading for a suspend or an orderly power-off; coming back from one is not modelled.
            return isLoaded() ? unload() : WprMeta.Refusal.SUSPEND_RESUME;
        }
        if (meta.magic() != BootStructs.WPR_META_MAGIC) {
            return WprMeta.Refusal.MAGIC;
        }
        WprMeta.Refusal refusal = meta.refusal(host.memory().frameBufferBytes());
        if (refusal != null) {
            return refusal;
        }
        if (!wpr2.isSet() || wpr2.start() != meta.frtsOffset()) {
            return gspFalcon.isRiscvActive() ? WprMeta.Refusal.RUNNING : WprMeta.Refusal.NO_FRTS;
        }
        wpr2.set(meta.wprStart(), meta.wprEnd());
        loadedStart = meta.wprStart();
        gspFalcon.setRiscvActive(true);
        gsp.start(meta.boot(gspFalcon.mailboxAddress(), address));
        return null;
    }

    /** FWSEC protects the FRTS data alone; only this program has widened that to the whole firmware. */
    private boolean isLoaded() {
        return wpr2.isSet() && loadedStart != 0 && wpr2.start() == loadedStart;
    }

    private WprMeta.@Nullable Refusal unload() {
        if (gspFalcon.isRiscvActive()) {
            gspFalcon.setRiscvActive(false);
            gsp.stop();
        }
        wpr2.clear();
        return null;
    }
}
