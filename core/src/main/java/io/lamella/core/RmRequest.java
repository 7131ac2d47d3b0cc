// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The parameters of a control or of an allocation, by the names of their fields and without their layout: which bytes they become is
 * decided by the firmware release that runs. Fields that are not named are 0. A name that the release does not have is refused, so a
 * client that wants to use a newer field asks {@link GspClient#hasField} first.
 *
 * <p>Nested fields are named with a dot, elements of an array with an index: {@code regions[2].base}.
 */
public final class RmRequest {
    private final String name;
    private final Map<String, Long> numbers;
    private final Map<String, byte[]> blobs;

    private RmRequest(String name, Map<String, Long> numbers, Map<String, byte[]> blobs) {
        this.name = name;
        this.numbers = Collections.unmodifiableMap(numbers);
        this.blobs = Collections.unmodifiableMap(blobs);
    }

    /**
     * A request with every field 0.
     *
     * @param name of the control, or of the class for an allocation
     */
    public static RmRequest of(String name) {
        return new RmRequest(name, Map.of(), Map.of());
    }

    /**
     * A request with many fields at once.
     *
     * @param numbers the integers by field
     * @param blobs the byte arrays by field; not to be changed afterwards
     */
    public static RmRequest of(String name, Map<String, Long> numbers, Map<String, byte[]> blobs) {
        return new RmRequest(name, new LinkedHashMap<>(numbers), new LinkedHashMap<>(blobs));
    }

    public String name() {
        return name;
    }

    /** The integers, in the order of their setting. */
    public Map<String, Long> numbers() {
        return numbers;
    }

    /** The byte arrays, in the order of their setting. Not to be changed by the caller. */
    public Map<String, byte[]> blobs() {
        return blobs;
    }

    /** Sets an integer of up to 64 bits; it must fit its field, as signed or as unsigned. */
    public RmRequest with(String field, long value) {
        Map<String, Long> next = new LinkedHashMap<>(numbers);
        next.put(field, value);
        return new RmRequest(name, next, blobs);
    }

    public RmRequest with(String field, boolean value) {
        return with(field, value ? 1 : 0);
    }

    /** Sets the first elements of an array of integers. */
    public RmRequest with(String field, long[] values) {
        Map<String, Long> next = new LinkedHashMap<>(numbers);
        for (int i = 0; i < values.length; i++) {
            next.put(field + "[" + i + "]", values[i]);
        }
        return new RmRequest(name, next, blobs);
    }

    /** Sets the first bytes of an array of bytes. */
    public RmRequest with(String field, byte[] values) {
        Map<String, byte[]> next = new LinkedHashMap<>(blobs);
        next.put(field, values.clone());
        return new RmRequest(name, numbers, next);
    }

    @Override
    public String toString() {
        return name + numbers.keySet() + blobs.keySet();
    }
}
