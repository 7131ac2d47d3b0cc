// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.boot;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.device.Device;
import io.lamella.core.device.Unwind;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.firmware.BootFiles;
import io.lamella.core.firmware.FirmwareSet;
import io.lamella.core.firmware.FmcImage;
import io.lamella.hw.Chip;
import io.lamella.hw.gsp.GspAbi;
import java.lang.System.Logger.Level;

/**
 * How a family of chips gets its GSP from power-on to running firmware, and back. The calls come in the order in which they are declared,
 * each once, but for the first two.
 */
public interface BootPath {
    /** Waits for the GPU's own start-up code. */
    void awaitStartUp();

    /** Whether a driver has left its firmware loaded. */
    boolean isFirmwareLoaded();

    /**
     * Reads what the GPU has of its own for the boot, and decides what the firmware gets of frame buffer.
     *
     * @param partitions virtual functions to make room for if the board is set to have any, or 0
     */
    FirmwareMemory plan(GspAbi abi, int partitions);

    /** Has the firmware loaded and started. Returns when it was, not when it is ready. */
    void start(BootMemory memory);

    /** Takes down what {@link #start} set up, after the firmware has stopped or died. @throws CoreException if something is left */
    void stop();

    /** The way of the chip for which the firmware's files are. */
    static BootPath of(
            Device device, Chip chip, FirmwareSet firmware, FalconUnit gsp, FalconUnit sec2, CoreOptions options) {
        return switch (firmware.bootFiles()) {
            case BootFiles.Booters booters -> new FalconBoot(device, chip, firmware, booters, gsp, sec2, options);
            case FmcImage fmc -> new FspBoot(device, chip, fmc, gsp, options);
        };
    }

    /** Waits for the GPU's own start-up code, puts a GPU that was left running back to where it came from, and gives it its flush page. */
    default void prepare(Device device, Chip chip, CoreOptions options, Unwind unwind) {
        awaitStartUp();
        if (isFirmwareLoaded()) {
            System.getLogger(BootPath.class.getName())
                    .log(Level.INFO, "{0} was left with firmware loaded; resetting it", options.pciAddress());
            device.reset();
            device.enable();
            awaitStartUp();
            if (isFirmwareLoaded()) {
                throw new CoreException(
                        CoreError.BUSY,
                        "Another driver's firmware is loaded and a function-level reset does not remove it; the GPU needs"
                                + " a bus reset or a power cycle.");
            }
        }
        FlushPage.provide(device, chip.architecture(), unwind);
    }
}
