// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.chip;

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

    /** Channel ids that the hardware has. */
    public int channelIds() {
        return switch (this) {
            case ADA -> 2048;
        };
    }
}
