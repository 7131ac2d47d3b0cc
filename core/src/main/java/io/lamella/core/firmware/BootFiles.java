// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;
import io.lamella.hw.Architecture;
import io.lamella.hw.fsp.FspMessages;
import java.util.List;

/** The files that only one way of booting needs. */
public sealed interface BootFiles permits BootFiles.Booters, FmcImage {
    /**
     * For chips whose driver loads programs into falcons.
     *
     * @param load what puts the firmware into protected memory
     * @param unload what takes it out again
     */
    record Booters(BooterImage load, BooterImage unload) implements BootFiles {}

    /** What the files are called, without release and ending. */
    static List<String> names(Architecture architecture) {
        return switch (architecture) {
            case ADA -> List.of("booter_load", "booter_unload");
            case BLACKWELL_GB20X -> List.of("fmc");
        };
    }

    /** @param files the content of {@link #names}, in their order */
    static BootFiles parse(Architecture architecture, List<Bytes> files) {
        return switch (architecture) {
            case ADA -> new Booters(BooterImage.parse(files.get(0)), BooterImage.parse(files.get(1)));
            case BLACKWELL_GB20X ->
                FmcImage.parse(
                        files.getFirst(), FspMessages.BLACKWELL_KEY_BYTES, FspMessages.BLACKWELL_SIGNATURE_BYTES);
        };
    }
}
