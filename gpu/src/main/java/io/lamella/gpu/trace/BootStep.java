// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

/** Steps of the GPU's start and end, as they are seen from outside. */
public enum BootStep {
    /** A falcon was started; the argument is its boot vector. */
    FALCON_START,
    /** FWSEC set up the write-protected region; the result is its error. */
    FWSEC_FRTS,
    /** FWSEC ended the secure state. */
    FWSEC_SB,
    /** FWSEC was asked for something else, or found no command. */
    FWSEC_REFUSED,
    /** Booter loaded the GSP's firmware; the argument is the address of the WPR metadata. */
    BOOTER_LOAD,
    /** Booter removed it. */
    BOOTER_UNLOAD,
    /** The GSP was given its arguments; the argument is their address. */
    GSP_START,
    /** The GSP runs: the driver was told so. */
    GSP_RUNNING,
    /** The driver said good-bye. */
    GSP_UNLOADED,
    /** The GSP stopped for an error. */
    GSP_HALTED,
    /** The driver reset the GSP's core, or booter removed the firmware. */
    GSP_STOPPED,
    /** The driver said good-bye for a while; the argument is the power level that it goes to. */
    GSP_SUSPENDED,
    /** The GSP goes on where it was suspended. */
    GSP_RESUMED,
    /** The FSP was told to boot the GSP; the result is its error. */
    FSP_BOOT,
    /** The program that the FSP started has loaded the GSP's firmware; the argument is the address of its parameters. */
    FMC_RUN;

    private static final BootStep[] ALL = values();

    static BootStep of(long code) {
        return ALL[Math.floorMod((int) code, ALL.length)];
    }
}
