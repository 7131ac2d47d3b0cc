// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An access of the driver with what the function did from the access before it on to this one's end.
 *
 * @param number the first is 1
 * @param access null after the last one
 * @param done by the function
 */
record Group(long number, @Nullable RecordedEvent access, List<RecordedEvent> done) {
    /** Groups of a recording, with a look at those that come. */
    static final class Window {
        private static final int GROUPS = 64;
        private static final long DATA_BYTES = 64L << 20;
        /** More than a function does by itself before the driver has its turn. */
        private static final int MAX_EVENTS = 1 << 20;

        private final RecordingReader reader;
        private final Deque<Group> groups = new ArrayDeque<>();
        private long numbered;
        private long dataBytes;
        private boolean ended;

        Window(RecordingReader reader) {
            this.reader = reader;
        }

        private static long dataBytes(Group group) {
            return group.done.stream().mapToLong(event -> event.data().length).sum();
        }

        /** The next group, or null at the end. */
        @Nullable
        Group next() throws IOException {
            while (!ended && groups.size() < GROUPS && (dataBytes < DATA_BYTES || groups.isEmpty())) {
                readGroup();
            }
            Group group = groups.poll();
            dataBytes -= group == null ? 0 : dataBytes(group);
            return group;
        }

        private void readGroup() throws IOException {
            List<RecordedEvent> done = new ArrayList<>();
            RecordedEvent event = reader.next();
            while (event != null && !event.type().isAccess()) {
                done.add(event);
                if (done.size() > MAX_EVENTS) {
                    throw new RecordingException(
                            "Between two accesses of the recording there are more than " + MAX_EVENTS + " events.");
                }
                event = reader.next();
            }
            ended = event == null;
            if (event != null || !done.isEmpty()) {
                Group group = new Group(++numbered, event, List.copyOf(done));
                groups.add(group);
                dataBytes += dataBytes(group);
            }
        }

        /** Those that come, the next first. */
        Iterable<Group> ahead() {
            return groups;
        }
    }
}
