// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.List;

/**
 * Events after a given one.
 *
 * @param events in order
 * @param gap whether events between the given one and the first of these may be missing
 * @param nextSince what to ask with for those that follow
 * @param oldestId the oldest event that is kept; 0 if there is none
 * @param newestId the newest event
 */
public record EventPage(List<NodeEvent> events, boolean gap, long nextSince, long oldestId, long newestId) {
    public EventPage {
        events = List.copyOf(events);
    }
}
