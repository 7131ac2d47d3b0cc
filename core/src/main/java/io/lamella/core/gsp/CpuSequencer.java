// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Gfw;

/** Carries out a list of register accesses that the firmware asks for while it boots. */
final class CpuSequencer {
    private static final int SAVE_SLOTS = 8;
    private static final int HEADER_BYTES = 8 + SAVE_SLOTS * 4;
    private static final int MOST_COMMANDS = 4096;
    private static final int LONGEST_DELAY_MICROS = 1_000_000;
    private static final int DEFAULT_POLL_MICROS = 4_000_000;
    private static final int RESUME_TIMEOUT_MILLIS = 2_000;

    private final Device device;
    private final FalconUnit gsp;
    private final FalconUnit sec2;
    private final long libosAddress;
    private final int bootloaderVersion;

    CpuSequencer(Device device, FalconUnit gsp, FalconUnit sec2, long libosAddress, int bootloaderVersion) {
        this.device = device;
        this.gsp = gsp;
        this.sec2 = sec2;
        this.libosAddress = libosAddress;
        this.bootloaderVersion = bootloaderVersion;
    }

    /** @param message payload of the event: how many words of commands, a place for saved registers, the commands */
    void run(Bytes message) {
        long words = message.u32(4);
        long at = HEADER_BYTES;
        long end = HEADER_BYTES + words * 4;
        for (int count = 0; at < end; count++) {
            if (count == MOST_COMMANDS || end > message.sizeBytes()) {
                throw message.broken("a sequence of " + words + " words is not in it");
            }
            at += 4 + 4L * step(message, (int) message.u32(at), at + 4);
        }
    }

    /** Carries out one command and says how many words follow its number. */
    private int step(Bytes message, int operation, long at) {
        return switch (operation) {
            case 0 -> {
                device.write(register(message, at), (int) message.u32(at + 4));
                yield 2;
            }
            case 1 -> {
                int register = register(message, at);
                int mask = (int) message.u32(at + 4);
                device.write(register, (device.read(register) & ~mask) | (int) message.u32(at + 8));
                yield 3;
            }
            case 2 -> {
                int register = register(message, at);
                int mask = (int) message.u32(at + 4);
                int value = (int) message.u32(at + 8);
                long micros = message.u32(at + 12) == 0 ? DEFAULT_POLL_MICROS : message.u32(at + 12);
                device.await(
                        String.format("reach the value that its firmware waits for in register 0x%x", register),
                        (int) Math.min(micros / 1000 + 1, DEFAULT_POLL_MICROS / 1000),
                        () -> (device.read(register) & mask) == value);
                yield 5;
            }
            case 3 -> {
                device.clock().sleepNanos(Math.min(message.u32(at), LONGEST_DELAY_MICROS) * 1000);
                yield 1;
            }
            case 4 -> {
                int slot = (int) message.u32(at + 4);
                if (slot < 0 || slot >= SAVE_SLOTS) {
                    throw message.broken("it has no place " + slot + " to save a register in");
                }
                device.read(register(message, at));
                yield 2;
            }
            case 5 -> {
                gsp.reset();
                gsp.allowPhysicalDma();
                yield 0;
            }
            case 6 -> {
                gsp.start();
                yield 0;
            }
            case 7 -> {
                gsp.awaitHalt("a sequence of its firmware");
                yield 0;
            }
            case 8 -> {
                resume();
                yield 0;
            }
            default -> throw message.broken("operation " + operation + " of a sequence is unknown");
        };
    }

    private int register(Bytes message, long at) {
        long register = message.u32(at);
        if (register % 4 != 0 || register >= device.barSizeBytes(Device.REGISTERS)) {
            throw message.broken(String.format("there is no register 0x%x", register));
        }
        return (int) register;
    }

    private void resume() {
        gsp.resetToRiscV();
        gsp.writeMailboxes(libosAddress);
        sec2.start();
        device.await(
                "resume its firmware",
                RESUME_TIMEOUT_MILLIS,
                () -> device.read(Gfw.BSI_SCRATCH_14).stage3Handoff());
        int result = sec2.read(Falcon.MAILBOX0).raw();
        if (result != 0) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT, String.format("Resuming the firmware ended with error 0x%x.", result));
        }
        gsp.write(Falcon.OS, bootloaderVersion);
        if (!gsp.isRiscVActive()) {
            throw new CoreException(CoreError.DEVICE_FAULT, "The firmware does not run after it was resumed.");
        }
    }
}
