// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.block.Wpr2;
import io.lamella.gpu.port.GspPort;
import java.lang.foreign.MemorySegment;

/**
 * Where the GSP's firmware is once it was loaded: in the protected region, on a core that runs. Whoever boots a GSP, on whatever chip, ends here. On the
 * function's tasks.
 */
final class FirmwareSlot {
    private final FalconHost host;
    private final FalconUnit gspFalcon;
    private final Wpr2 wpr2;
    private final GspPort gsp;

    FirmwareSlot(SecureBoot.Parts parts) {
        host = parts.host();
        gspFalcon = parts.gspFalcon();
        wpr2 = parts.wpr2();
        gsp = parts.gsp();
    }

    FalconHost host() {
        return host;
    }

    Wpr2 wpr2() {
        return wpr2;
    }

    FalconUnit gspFalcon() {
        return gspFalcon;
    }

    boolean isRunning() {
        return gspFalcon.isRiscvActive();
    }

    /** Metadata from the driver's memory. @throws DmaFaultException if it cannot be read */
    WprMeta read(long address) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[WprMeta.SIZE_BYTES]);
        host.dma().read(address, bytes);
        return new WprMeta(bytes);
    }

    /** Starts the firmware that the metadata names, which was checked. */
    void start(WprMeta meta, long libosArgsAddress, long metaAddress, boolean cpuSequencer) {
        wpr2.set(meta.wprStart(), meta.wprEnd());
        gspFalcon.setRiscvActive(true);
        gsp.start(meta.boot(libosArgsAddress, metaAddress, cpuSequencer));
    }

    /** Lets suspended firmware go on in that region; false if there is none. */
    boolean resume(long wprStart, long wprEnd) {
        wpr2.set(wprStart, wprEnd);
        gspFalcon.setRiscvActive(true);
        if (gsp.resume()) {
            return true;
        }
        gspFalcon.setRiscvActive(false);
        wpr2.clear();
        return false;
    }

    /** Takes away what runs, and the protection. */
    void clear() {
        if (gspFalcon.isRiscvActive()) {
            gspFalcon.setRiscvActive(false);
            gsp.stop();
        }
        wpr2.clear();
    }
}
