// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import io.lamella.hw.gsp.GspAbi;
import java.util.List;

/**
 * What the opener of a GPU may decide.
 *
 * @param pciAddress where the function sits, as {@code domain:bus:device.function}; the firmware and the virtual functions' addresses
 *     build on it
 * @param firmwareReleases the releases to try, the preferred one first; the first of which all files are there is used
 * @param hostChannels how many channel ids the core keeps for its own side, from 0 upwards
 * @param rpcTimeoutMillis how long the firmware may take to answer a call
 * @param bootTimeoutMillis how long any one step of booting may take
 * @param clock the time
 */
public record CoreOptions(
        PciAddress pciAddress,
        List<String> firmwareReleases,
        int hostChannels,
        int rpcTimeoutMillis,
        int bootTimeoutMillis,
        CoreClock clock) {
    /** What is used when nothing is said: the newest firmware first. */
    public static final CoreOptions DEFAULT = new CoreOptions(
            new PciAddress(0, 1, 0, 0),
            GspAbi.all().stream().map(GspAbi::release).toList(),
            64,
            4_000,
            10_000,
            CoreClock.SYSTEM);

    public CoreOptions {
        firmwareReleases = List.copyOf(firmwareReleases);
        if (hostChannels < 1 || rpcTimeoutMillis < 1 || bootTimeoutMillis < 1 || firmwareReleases.isEmpty()) {
            throw new IllegalArgumentException(
                    "At least one host channel, one firmware release and timeouts of a millisecond are needed.");
        }
    }

    public CoreOptions withPciAddress(PciAddress address) {
        return new CoreOptions(address, firmwareReleases, hostChannels, rpcTimeoutMillis, bootTimeoutMillis, clock);
    }

    public CoreOptions withFirmwareReleases(String... releases) {
        return new CoreOptions(pciAddress, List.of(releases), hostChannels, rpcTimeoutMillis, bootTimeoutMillis, clock);
    }

    public CoreOptions withTimeouts(int rpcMillis, int bootMillis) {
        return new CoreOptions(pciAddress, firmwareReleases, hostChannels, rpcMillis, bootMillis, clock);
    }

    public CoreOptions withClock(CoreClock time) {
        return new CoreOptions(pciAddress, firmwareReleases, hostChannels, rpcTimeoutMillis, bootTimeoutMillis, time);
    }
}
