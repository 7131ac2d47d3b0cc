// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Numbers that stand for objects on the other side of the border. A number is an index and a generation, so that one which was taken out
 * leads nowhere, also when its place has been given to something else since. Looking up takes no lock and allocates nothing.
 */
public final class HandleTable {
    private static final int INDEX_BITS = 20;
    private static final int MOST = 1 << INDEX_BITS;

    private record Entry(long handle, Object object) {}

    private volatile AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(64);
    // Guarded by this: the last generation of each place, the places that are free, and how many were ever used.
    private long[] generations = new long[64];
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private int used;

    /** @throws CoreException {@code NO_SPACE} when a million objects are open */
    public synchronized long add(Object object) {
        Integer reused = free.poll();
        int index = reused != null ? reused : used;
        if (reused == null) {
            if (used == MOST) {
                throw new CoreException(CoreError.NO_SPACE, "There are " + MOST + " open objects; close some.");
            }
            if (used == entries.length()) {
                grow();
            }
            used++;
        }
        long handle = ++generations[index] << INDEX_BITS | index;
        entries.set(index, new Entry(handle, object));
        return handle;
    }

    private void grow() {
        AtomicReferenceArray<@Nullable Entry> larger = new AtomicReferenceArray<>(used * 2);
        for (int i = 0; i < used; i++) {
            larger.set(i, entries.get(i));
        }
        generations = Arrays.copyOf(generations, used * 2);
        entries = larger;
    }

    /** The object, or null if there is none of that kind. */
    public <T> @Nullable T find(long handle, Class<T> type) {
        AtomicReferenceArray<@Nullable Entry> now = entries;
        int index = (int) handle & (MOST - 1);
        Entry entry = index < now.length() ? now.get(index) : null;
        return entry != null && entry.handle() == handle && type.isInstance(entry.object())
                ? type.cast(entry.object())
                : null;
    }

    /**
     * The object.
     *
     * @param what for the sentence
     * @throws CoreException {@code CLOSED} if it was taken out, {@code NOT_FOUND} if there never was one of that kind
     */
    public <T> T get(long handle, Class<T> type, String what) {
        T found = find(handle, type);
        if (found == null) {
            throw missing(handle, what);
        }
        return found;
    }

    /** Why there is nothing with that number. */
    public CoreException missing(long handle, String what) {
        return wasTaken(handle)
                ? new CoreException(CoreError.CLOSED, String.format("The %s 0x%x was closed.", what, handle))
                : new CoreException(CoreError.NOT_FOUND, String.format("0x%x is no %s.", handle, what));
    }

    /** Whether there was something with that number and is not any more. */
    public synchronized boolean wasTaken(long handle) {
        int index = (int) handle & (MOST - 1);
        long generation = handle >>> INDEX_BITS;
        if (index >= used || generation == 0 || generation > generations[index]) {
            return false;
        }
        Entry entry = entries.get(index);
        return entry == null || entry.handle() != handle;
    }

    /** Takes an object out. False if it was out already. */
    public synchronized boolean remove(long handle) {
        int index = (int) handle & (MOST - 1);
        Entry entry = index < used ? entries.get(index) : null;
        if (entry == null || entry.handle() != handle) {
            return false;
        }
        entries.set(index, null);
        free.add(index);
        return true;
    }

    /** How many objects are in it. */
    public synchronized int size() {
        return used - free.size();
    }
}
