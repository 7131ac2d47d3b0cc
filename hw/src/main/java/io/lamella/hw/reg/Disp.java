// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * The little of the display engine that matters even without one, and where its channels are.
 *
 * <p>Facts: nova-core regs.rs, nouveau nvkm/engine/disp/vga.c, gv100.c and nvkm/subdev/bios/shadowramin.c.
 */
public final class Disp {
    /** Clears the events of one head. */
    public static final Loc.Array<Word> VBLANK_CLEAR = Loc.array("DISP.VBLANK_CLEAR", 0x611800, 8, 4, Word::new);

    /** Events of one head. */
    public static final Loc.Array<HeadEvents> VBLANK_STATUS =
            Loc.array("DISP.VBLANK_STATUS", 0x611c00, 8, 4, HeadEvents::new);

    /** Which events of one head interrupt. */
    public static final Loc.Array<HeadEvents> VBLANK_ENABLE =
            Loc.array("DISP.VBLANK_ENABLE", 0x611d80, 8, 4, HeadEvents::new);

    /** Bit h: head h has an event. */
    public static final Loc.Fixed<Word> HEAD_PENDING = Loc.fixed("DISP.HEAD_PENDING", 0x611ec0, Word::new);

    /** Line that is being shown. */
    public static final Loc.Array<Word> SCANOUT_LINE = Loc.array("DISP.SCANOUT_LINE", 0x616330, 8, 0x800, Word::new);

    /** Pixel that is being shown. */
    public static final Loc.Array<Word> SCANOUT_PIXEL = Loc.array("DISP.SCANOUT_PIXEL", 0x616334, 8, 0x800, Word::new);

    /** Memory that VGA emulation uses. */
    public static final Loc.Fixed<VgaWorkspaceBase> VGA_WORKSPACE_BASE =
            Loc.fixed("DISP.VGA_WORKSPACE_BASE", 0x625f04, VgaWorkspaceBase::new);

    /** What an output can do. */
    public static final Loc.Array<Word> SOR_CAPS = Loc.array("DISP.SOR_CAPS", 0x640144, 8, 8, Word::new);

    /** VGA's CRT controller: which of its registers is meant, and that register. Accessed byte by byte. */
    public static final Loc.Fixed<VgaCrtc> VGA_CRTC = Loc.fixed("DISP.VGA_CRTC", 0x6013d4, VgaCrtc::new);

    /** User area of the core channel. */
    public static final Window CORE_CHANNEL = new Window("DISP.CORE_CHANNEL", 0x680000, 0x10000);

    /** User areas of the window channels, 4 KiB each. */
    public static final Window WINDOW_CHANNELS = new Window("DISP.WINDOW_CHANNELS", 0x690000, 0x20000);

    /** User areas of the window-immediate channels, 4 KiB each. */
    public static final Window IMMEDIATE_CHANNELS = new Window("DISP.IMMEDIATE_CHANNELS", 0x6b0000, 0x20000);

    /** User areas of the cursor channels, 4 KiB each. */
    public static final Window CURSOR_CHANNELS = new Window("DISP.CURSOR_CHANNELS", 0x6d8000, 0x8000);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(
            VBLANK_CLEAR,
            VBLANK_STATUS,
            VBLANK_ENABLE,
            HEAD_PENDING,
            SCANOUT_LINE,
            SCANOUT_PIXEL,
            VGA_WORKSPACE_BASE,
            VGA_CRTC,
            SOR_CAPS);

    private Disp() {}

    /**
     * VGA's CRT controller.
     *
     * @param raw the word
     */
    public record VgaCrtc(int raw) implements Reg32 {
        private static final Field DATA = Field.bits(15, 8);
        private static final Field INDEX = Field.bits(7, 0);

        /** Bits 15:8: the register that the index chooses. */
        public int data() {
            return DATA.get(raw);
        }

        public VgaCrtc withData(int value) {
            return new VgaCrtc(DATA.with(raw, value));
        }

        /** Bits 7:0: which register. */
        public int index() {
            return INDEX.get(raw);
        }

        public VgaCrtc withIndex(int value) {
            return new VgaCrtc(INDEX.with(raw, value));
        }
    }

    /**
     * Events of one head.
     *
     * @param raw the word
     */
    public record HeadEvents(int raw) implements Reg32 {
        private static final Field VBLANK = Field.bit(1);

        /** Bit 1: vertical blanking. */
        public boolean vblank() {
            return VBLANK.isSet(raw);
        }

        public HeadEvents withVblank(boolean value) {
            return new HeadEvents(VBLANK.with(raw, value));
        }
    }

    /**
     * Memory that VGA emulation uses.
     *
     * @param raw the word
     */
    public record VgaWorkspaceBase(int raw) implements Reg32 {
        private static final Field ADDRESS = Field.bits(31, 8);
        private static final Field VALID = Field.bit(3);
        private static final Field TARGET = Field.bits(1, 0);

        /** Bits 31:8: in units of 64 KiB. */
        public int address() {
            return ADDRESS.get(raw);
        }

        public VgaWorkspaceBase withAddress(int value) {
            return new VgaWorkspaceBase(ADDRESS.with(raw, value));
        }

        /** Bit 3: the address is valid. */
        public boolean valid() {
            return VALID.isSet(raw);
        }

        public VgaWorkspaceBase withValid(boolean value) {
            return new VgaWorkspaceBase(VALID.with(raw, value));
        }

        /** Bits 1:0: 1 video memory. */
        public int target() {
            return TARGET.get(raw);
        }

        public VgaWorkspaceBase withTarget(int value) {
            return new VgaWorkspaceBase(TARGET.with(raw, value));
        }
    }
}
