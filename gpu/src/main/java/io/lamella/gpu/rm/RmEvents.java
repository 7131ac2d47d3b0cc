// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.GspEvent;
import java.lang.foreign.MemorySegment;

/** Sends events to the driver. Any thread that runs the function's tasks. */
@FunctionalInterface
public interface RmEvents {
    /** Queues an event; it may be dropped when the driver leaves too many unread. */
    void send(GspEvent event, MemorySegment payload);
}
