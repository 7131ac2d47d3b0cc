// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.util.Optional;

/**
 * A GPFIFO channel of the physical function: a ring of references to push buffers, which one engine carries out in order. Since version
 * 1.2 of the interface.
 *
 * <p>What is in the push buffers is the client's: it binds the engine's object ({@link EngineInfo#engineClass}) to a subchannel with
 * SET_OBJECT, and learns of completion by a semaphore that its methods release, and by {@link CoreEvent.NonStall} where they ask for
 * it. An error stops the channel for good; {@link CoreEvent.ChannelError} and {@link #error} tell of it.
 */
public interface Channel extends CoreResource {
    /** The most that one entry of the ring can refer to. */
    int MOST_PUSH_BYTES = (4 << 20) - 4;

    /** The hardware's number of it. */
    int channelId();

    EngineInfo engine();

    /** Entries that the ring has; one fewer can be pending. */
    int entries();

    /**
     * Adds an entry to the ring and tells the engine. Does not wait for it. What another thread submits is before or after it.
     *
     * @param pushAddress of the first method header in the channel's address space, a multiple of 4
     * @param lengthBytes a multiple of 4, at least 4 and at most {@link #MOST_PUSH_BYTES}
     * @throws CoreException {@code BUSY} if the ring is full, {@code INVALID}, {@code DEVICE_FAULT} with the reason once the channel has
     *     stopped for an error
     */
    void submit(long pushAddress, int lengthBytes);

    /** Entries that the engine has not fetched yet. */
    int pendingEntries();

    /** Why it stopped, if it did. */
    Optional<CoreEvent.ChannelError> error();
}
