// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import io.lamella.gpu.rm.UnsupportedCalls;
import java.util.List;

/**
 * A GSP as its host sees it.
 *
 * @param state what it does
 * @param release of the firmware interface that its driver speaks, empty until the driver has shown it
 * @param haltReason a sentence, empty unless it is halted
 * @param commands answered since the function was made
 * @param events sent
 * @param eventsDropped because the driver left too many unread
 * @param objects that the driver has allocated now
 * @param unsupported what the driver asked for that is not here
 */
public record GspStatus(
        State state,
        String release,
        String haltReason,
        long commands,
        long events,
        long eventsDropped,
        int objects,
        List<UnsupportedCalls.Call> unsupported) {
    /** What a GSP does. */
    public enum State {
        /** No firmware. */
        OFF,
        /** The firmware waits for what the driver says of its machine. */
        STARTING,
        /** The driver was told that it is ready. */
        RUNNING,
        /** The driver has said good-bye. */
        UNLOADED,
        /** The driver has said good-bye for as long as the machine sleeps. */
        SUSPENDED,
        /** What the driver sent made no sense; only a reset helps. */
        HALTED
    }
}
