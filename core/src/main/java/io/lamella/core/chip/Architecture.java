// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.chip;

/** A family of chips that boot alike. What differs between families is asked for here, and nowhere else by name. */
public enum Architecture {
    ADA;

    /** The section of the firmware's file with this family's signature. */
    public String signatureSection() {
        return switch (this) {
            case ADA -> ".fwsignature_ad10x";
        };
    }

    /** Protected memory for the VBIOS's data, at the top of frame buffer. */
    public long frtsBytes() {
        return switch (this) {
            case ADA -> 0x10_0000;
        };
    }

    /** Channel ids that the hardware has. */
    public int channelIds() {
        return switch (this) {
            case ADA -> 2048;
        };
    }
}
