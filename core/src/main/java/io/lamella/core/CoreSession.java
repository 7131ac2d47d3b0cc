// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.util.List;
import java.util.Set;

/**
 * A client's hold on the GPU. All methods may be called from any thread, and several at a time.
 *
 * <p>Besides what is listed, every method throws {@link CoreException} with {@code NOT_PERMITTED} if the session lacks the capability,
 * with {@code CLOSED} after {@link #close}, and {@link GpuGoneException} once the function is gone; none waits without a limit.
 */
public interface CoreSession extends AutoCloseable {
    /** The smallest ring of a channel. */
    int FEWEST_ENTRIES = 2;

    /** The largest ring of a channel. */
    int MOST_ENTRIES = 8192;

    ClientIdentity client();

    /** The interface version that was agreed on. */
    ApiVersion version();

    /** What the session may do. */
    Set<CoreCapability> capabilities();

    GpuDescription gpu();

    /**
     * Takes a range of frame buffer. Its content is whatever was there before.
     *
     * @throws CoreException {@code NO_SPACE} with what is free, {@code INVALID}
     */
    FbRange allocateFb(FbRequest request);

    /** Whether nobody has any of these bytes of frame buffer, and all of them can be had. Since version 1.1 of the interface. */
    boolean isFbFree(long offset, long sizeBytes);

    FbUsage fbUsage();

    /** Overwrites a range with zeroes, done by the firmware, and returns when the memory has them. */
    void scrub(FbRange range);

    /**
     * Takes a run of channel ids, aligned to its size where that is a power of two.
     *
     * @throws CoreException {@code NO_SPACE} with what is free
     */
    ChannelRange allocateChannels(String label, int count);

    /** How many channel ids nobody has. */
    int freeChannels();

    /**
     * Maps part of a range that this session holds into BAR1. Giving the range back takes its mappings with it.
     *
     * @param offset from the start of the range, a multiple of 4 KiB
     * @param sizeBytes a multiple of 4 KiB
     * @throws CoreException {@code NO_SPACE} if BAR1 is full
     */
    BarMapping map(FbRange range, long offset, long sizeBytes);

    /** Maps the whole range. */
    default BarMapping map(FbRange range) {
        return map(range, 0, range.sizeBytes());
    }

    /** Makes a client of the firmware's resource manager, with a device and a subdevice. */
    GspClient openGspClient(String label);

    /**
     * Takes system memory that the GPU can reach, zeroed. Since version 1.2 of the interface.
     *
     * @param sizeBytes rounded up to whole pages of 4 KiB
     * @throws CoreException {@code NO_SPACE} if the host has none, {@code INVALID}
     */
    HostMemory allocateHostMemory(String label, long sizeBytes);

    /**
     * Makes an empty address space. Since version 1.2 of the interface.
     *
     * @throws CoreException {@code NO_SPACE} if there is no frame buffer for its page tables
     */
    AddressSpace createAddressSpace(String label);

    /**
     * Opens a channel, ready for work. Since version 1.2 of the interface.
     *
     * @param engine one of the GPU's with an {@link EngineInfo#engineClass}
     * @param space of this session; closing it closes the channel
     * @param entries of its ring, a power of two from {@value #FEWEST_ENTRIES} to {@value #MOST_ENTRIES}
     * @throws CoreException {@code NOT_SUPPORTED} for an engine without an object, {@code NO_SPACE} if there is no channel id or no
     *     memory, {@code INVALID}
     */
    Channel openChannel(String label, EngineInfo engine, AddressSpace space, int entries);

    /** How many virtual functions are enabled. */
    int enabledVirtualFunctions();

    /**
     * Enables the first {@code count} virtual functions, or disables all with 0. To change the count, disable first.
     *
     * @throws CoreException {@code INVALID} beyond the total, {@code BUSY} when another count is enabled
     */
    void setVirtualFunctions(int count);

    /** Tells the firmware task of a virtual function that a message waits for it. */
    void ringDoorbell(VirtualFunction function);

    /** What the session holds, oldest first, one line each. */
    List<String> held();

    /** Gives back everything that is still held, newest first, and ends the session. Never throws. What was still held is logged as a leak. */
    @Override
    void close();
}
