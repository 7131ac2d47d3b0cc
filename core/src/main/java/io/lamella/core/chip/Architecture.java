// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.chip;

import io.lamella.core.mmu.GmmuV2Format;
import io.lamella.core.mmu.PageFormat;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.reg.Window;
import io.lamella.hw.reg.Xve;

/** A family of chips that boot alike. What differs between families is asked for here, and nowhere else by name. */
public enum Architecture {
    ADA;

    /** The section of the firmware's file with this family's signature. */
    public String signatureSection() {
        return switch (this) {
            case ADA -> ".fwsignature_ad10x";
        };
    }

    /** Where configuration space shows among the registers. */
    public Window configMirror() {
        return switch (this) {
            case ADA -> Xve.CONFIG_MIRROR;
        };
    }

    /** Whether message-signalled interrupts are held back until they are allowed anew after each. */
    public boolean rearmsMsi() {
        return switch (this) {
            case ADA -> true;
        };
    }

    /** The format of its page tables. */
    public PageFormat pageFormat() {
        return switch (this) {
            case ADA -> new GmmuV2Format();
        };
    }

    /** The resource manager's class of its channels. */
    public RmClass channelClass() {
        return switch (this) {
            case ADA -> RmClass.AMPERE_CHANNEL;
        };
    }

    /** The resource manager's class of its copy engines. */
    public RmClass copyClass() {
        return switch (this) {
            case ADA -> RmClass.AMPERE_COPY;
        };
    }

    /** What is written to the doorbell to say that a channel has work. */
    public int doorbellToken(int runlistId, int channelId) {
        return switch (this) {
            case ADA -> runlistId << 16 | channelId;
        };
    }

    /** Channel ids that the hardware has. */
    public int channelIds() {
        return switch (this) {
            case ADA -> 2048;
        };
    }
}
