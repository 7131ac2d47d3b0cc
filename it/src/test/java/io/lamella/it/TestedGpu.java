// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.gpu.BoardIdentity;
import io.lamella.gpu.SoftwareGpu;

/** What tests of the core are run on: each family of chips, with each firmware release that it has. */
enum TestedGpu {
    ADA_570("570.144"),
    ADA_535("535.113.01"),
    BLACKWELL_570("570.144");

    final String release;

    TestedGpu(String release) {
        this.release = release;
    }

    BoardIdentity board() {
        return switch (this) {
            case ADA_570, ADA_535 -> BoardIdentity.L40;
            case BLACKWELL_570 -> BoardIdentity.RTX_PRO_6000;
        };
    }

    /** What such a board has. */
    long frameBufferBytes() {
        return switch (this) {
            case ADA_570, ADA_535 -> 48L << 30;
            case BLACKWELL_570 -> 96L << 30;
        };
    }

    /** The type of the board with that many GiB, for workstations. */
    String type(int gibibytes) {
        return switch (this) {
            case ADA_570, ADA_535 -> "L40-" + gibibytes + "Q";
            case BLACKWELL_570 -> "DC-" + gibibytes + "Q";
        };
    }

    SoftwareGpu.Builder builder() {
        return SoftwareGpu.builder("it").identity(board());
    }

    SoftwareGpuRig rig() {
        return new SoftwareGpuRig(builder());
    }
}
