// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import java.util.List;
import java.util.TreeMap;

/** Counts what drivers ask for that is not here. Any thread lists. */
public final class UnsupportedCalls {
    /** How many different calls are told apart. */
    public static final int MAX_CALLS = 256;

    /**
     * One call.
     *
     * @param kind {@code class}, {@code control} or {@code rpc}
     * @param number of it
     * @param name of it, if it is known
     * @param count how often
     */
    public record Call(String kind, int number, String name, long count) {
        @Override
        public String toString() {
            return kind + " 0x" + Integer.toHexString(number) + (name.isEmpty() ? "" : " " + name) + ": " + count;
        }
    }

    private final TreeMap<String, Call> calls = new TreeMap<>();
    private long uncounted;

    /** Counts one. */
    public synchronized void count(String kind, int number, String name) {
        String key = kind + Integer.toHexString(number);
        Call known = calls.get(key);
        if (known == null && calls.size() >= MAX_CALLS) {
            uncounted++;
            return;
        }
        calls.put(key, new Call(kind, number, name, known == null ? 1 : known.count() + 1));
    }

    /** Every call so far. */
    public synchronized List<Call> calls() {
        return List.copyOf(calls.values());
    }

    /** Calls beyond {@link #MAX_CALLS} different ones. */
    public synchronized long uncounted() {
        return uncounted;
    }
}
