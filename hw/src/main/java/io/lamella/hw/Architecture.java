// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw;

import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.mmu.GmmuFormat;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.hw.mmu.GmmuV3;
import io.lamella.hw.reg.Pbus;
import io.lamella.hw.reg.Pcfg;
import io.lamella.hw.reg.Vfn;
import io.lamella.hw.reg.Window;
import io.lamella.hw.reg.Xve;

/**
 * A family of chips: those between which only sizes differ. What a driver or a model must know of a family and can be said as a value is said here, once,
 * by switches that the compiler checks: a new family does not compile before everything is decided. Behaviour that differs is behind an interface of the
 * block that has it.
 *
 * <p>Facts: nouveau nvkm/engine/device/base.c, nvkm/subdev/gsp/rm/ad10x.c and gb20x.c, nova-core gpu.rs.
 */
public enum Architecture {
    /** AD10x. The driver runs signed programs on falcons to boot the GSP: FWSEC from the VBIOS, then booter. */
    ADA,

    /** GB20x. A processor of its own, the FSP, boots the GSP; there is no VBIOS for the driver. */
    BLACKWELL_GB20X;

    /** Format of its page tables. */
    public GmmuFormat pageTables() {
        return switch (this) {
            case ADA -> GmmuV2.FORMAT;
            case BLACKWELL_GB20X -> GmmuV3.FORMAT;
        };
    }

    /** Bits of an address in system memory that its DMA can reach. */
    public int dmaAddressBits() {
        return switch (this) {
            case ADA -> 47;
            case BLACKWELL_GB20X -> 52;
        };
    }

    /** Where BAR0 shows configuration space. */
    public Window configMirror() {
        return switch (this) {
            case ADA -> Xve.CONFIG_MIRROR;
            case BLACKWELL_GB20X -> Pcfg.CONFIG_MIRROR;
        };
    }

    /** Whether message-signalled interrupts are held back until each is allowed anew through {@link Xve#MSI_REARM}. */
    public boolean rearmsMsi() {
        return switch (this) {
            case ADA -> true;
            case BLACKWELL_GB20X -> false;
        };
    }

    /** What is moved, in units of 64 KiB, to show other frame buffer through PRAMIN. */
    public Loc.Fixed<?> praminWindow() {
        return switch (this) {
            case ADA -> Pbus.BAR0_WINDOW;
            case BLACKWELL_GB20X -> Pcfg.BAR0_WINDOW;
        };
    }

    /** How many channel ids there are. */
    public int channelIds() {
        return switch (this) {
            case ADA, BLACKWELL_GB20X -> 2048;
        };
    }

    /** Class of a channel. */
    public RmClass channelClass() {
        return switch (this) {
            case ADA -> RmClass.AMPERE_CHANNEL;
            case BLACKWELL_GB20X -> RmClass.BLACKWELL_CHANNEL;
        };
    }

    /** Class of a copy engine. */
    public RmClass copyClass() {
        return switch (this) {
            case ADA -> RmClass.AMPERE_COPY;
            case BLACKWELL_GB20X -> RmClass.BLACKWELL_COPY;
        };
    }

    /** Class of graphics. */
    public RmClass graphicsClass() {
        return switch (this) {
            case ADA -> RmClass.ADA_3D;
            case BLACKWELL_GB20X -> RmClass.BLACKWELL_3D;
        };
    }

    /** Class of the page with the doorbell. */
    public RmClass usermodeClass() {
        return switch (this) {
            case ADA -> RmClass.AMPERE_USERMODE;
            case BLACKWELL_GB20X -> RmClass.BLACKWELL_USERMODE;
        };
    }

    /** Class of the display engine. */
    public RmClass displayClass() {
        return switch (this) {
            case ADA -> RmClass.ADA_DISPLAY;
            case BLACKWELL_GB20X -> RmClass.BLACKWELL_DISPLAY;
        };
    }

    /** Bits of the virtual address of a semaphore that a channel's own methods have. */
    public int semaphoreAddressBits() {
        return switch (this) {
            case ADA -> 40;
            case BLACKWELL_GB20X -> 57;
        };
    }

    /** What rings for a channel in {@link Vfn#USER_DOORBELL}. */
    public int doorbellToken(int runlist, int channel) {
        int token = new Vfn.UserDoorbell(0)
                .withRunlist(runlist)
                .withChannel(channel)
                .raw();
        return switch (this) {
            case ADA -> token;
            case BLACKWELL_GB20X ->
                new Vfn.UserDoorbell(token).withRunlistDoorbell(true).raw();
        };
    }

    /** Name of the section of the firmware's file that has the family's signature. */
    public String signatureSection() {
        return switch (this) {
            case ADA -> ".fwsignature_ad10x";
            case BLACKWELL_GB20X -> ".fwsignature_gb20x";
        };
    }
}
