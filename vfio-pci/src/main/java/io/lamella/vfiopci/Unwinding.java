// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import java.util.ArrayDeque;
import java.util.Deque;

/** What was opened so far: closed in reverse, unless all went well. */
final class Unwinding implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T one) {
        opened.push(one);
        return one;
    }

    /** All went well. */
    void keep() {
        opened.clear();
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                System.getLogger("io.lamella.vfiopci")
                        .log(System.Logger.Level.WARNING, "Something could not be closed.", e);
            }
        }
    }
}
