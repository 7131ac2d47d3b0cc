// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** How many requests were answered with which status. What the HTTP library refused by itself is not among them. */
public final class AnswerCounts {
    private final AtomicLongArray counts = new AtomicLongArray(600);

    void add(int status) {
        if (status >= 0 && status < 600) {
            counts.incrementAndGet(status);
        }
    }

    /** Those that are not zero. */
    public Map<Integer, Long> byStatus() {
        Map<Integer, Long> map = new TreeMap<>();
        for (int i = 0; i < 600; i++) {
            if (counts.get(i) > 0) {
                map.put(i, counts.get(i));
            }
        }
        return map;
    }
}
