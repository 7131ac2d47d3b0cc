// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What the components of an element of the destination are made of. Elements have at most 4 components of at most 4 bytes, little-endian.
 * Filled anew for each copy.
 */
final class RemapRule {
    /** Of {@link #set}: the component stays as it is. */
    static final int KEEP = -1;

    /** Of {@link #set}: it becomes a constant. */
    static final int CONSTANT = -2;

    static final int MAX_COMPONENTS = 4;
    static final int MAX_ELEMENT_BYTES = 16;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private int componentBytes = 1;
    private int sourceBytes = 1;
    private int components;
    private final int[] takes = new int[MAX_COMPONENTS];
    private final int[] constants = new int[MAX_COMPONENTS];
    private boolean readsSource;
    private boolean keepsSome;
    private boolean identity;

    /** Begins a rule; each component is {@link #set} after it. */
    void begin(int newComponentBytes, int sourceComponents, int destinationComponents) {
        componentBytes = newComponentBytes;
        sourceBytes = newComponentBytes * sourceComponents;
        components = destinationComponents;
        readsSource = false;
        keepsSome = false;
        identity = sourceComponents == destinationComponents;
    }

    /** @param from index of the source's component, {@link #KEEP} or {@link #CONSTANT} */
    void set(int component, int from, int constant) {
        takes[component] = from;
        constants[component] = constant;
        readsSource |= from >= 0;
        keepsSome |= from == KEEP;
        identity &= from == component;
    }

    int sourceBytes() {
        return sourceBytes;
    }

    int destinationBytes() {
        return componentBytes * components;
    }

    boolean readsSource() {
        return readsSource;
    }

    boolean keepsSome() {
        return keepsSome;
    }

    /** Whether it copies elements as they are. */
    boolean isIdentity() {
        return identity;
    }

    /** Whether every element becomes the same. */
    boolean isFill() {
        return !readsSource && !keepsSome;
    }

    /** Writes that element again and again, until {@code length} bytes are full. */
    void fill(byte[] out, int length) {
        int element = destinationBytes();
        for (int component = 0; component < components; component++) {
            for (int i = 0; i < componentBytes; i++) {
                out[component * componentBytes + i] = (byte) (constants[component] >>> (8 * i));
            }
        }
        for (int done = element; done < length; done *= 2) {
            System.arraycopy(out, 0, out, done, Math.min(done, length - done));
        }
    }

    /** Makes {@code count} elements. */
    void apply(byte[] in, byte[] out, int count) {
        if (componentBytes == 1 && sourceBytes == 4 && components == 4) {
            applyToBytesOfWords(in, out, count);
            return;
        }
        for (int component = 0; component < components; component++) {
            int from = takes[component];
            if (from == CONSTANT) {
                constants(out, component, count);
            } else if (from != KEEP) {
                components(in, from, out, component, count);
            }
        }
    }

    /** The commonest: red, green, blue and alpha of a byte each in another order. */
    private void applyToBytesOfWords(byte[] in, byte[] out, int count) {
        int fixed = 0;
        int kept = 0;
        for (int i = 0; i < MAX_COMPONENTS; i++) {
            fixed |= takes[i] == CONSTANT ? (constants[i] & 0xff) << (8 * i) : 0;
            kept |= takes[i] == KEEP ? 0xff << (8 * i) : 0;
        }
        int shift0 = 8 * Math.max(0, takes[0]);
        int shift1 = 8 * Math.max(0, takes[1]);
        int shift2 = 8 * Math.max(0, takes[2]);
        int shift3 = 8 * Math.max(0, takes[3]);
        int mask0 = takes[0] >= 0 ? 0xff : 0;
        int mask1 = takes[1] >= 0 ? 0xff : 0;
        int mask2 = takes[2] >= 0 ? 0xff : 0;
        int mask3 = takes[3] >= 0 ? 0xff : 0;
        for (int at = 0; at < 4 * count; at += 4) {
            int word = (int) INT.get(in, at);
            int made = (word >>> shift0 & mask0)
                    | (word >>> shift1 & mask1) << 8
                    | (word >>> shift2 & mask2) << 16
                    | (word >>> shift3 & mask3) << 24;
            INT.set(out, at, made | fixed | ((int) INT.get(out, at) & kept));
        }
    }

    private void components(byte[] in, int from, byte[] out, int to, int count) {
        int step = destinationBytes();
        int read = from * componentBytes;
        int write = to * componentBytes;
        switch (componentBytes) {
            case 4 -> {
                for (int i = 0; i < count; i++, read += sourceBytes, write += step) {
                    INT.set(out, write, (int) INT.get(in, read));
                }
            }
            case 2 -> {
                for (int i = 0; i < count; i++, read += sourceBytes, write += step) {
                    SHORT.set(out, write, (short) SHORT.get(in, read));
                }
            }
            default -> {
                for (int i = 0; i < count; i++, read += sourceBytes, write += step) {
                    for (int j = 0; j < componentBytes; j++) {
                        out[write + j] = in[read + j];
                    }
                }
            }
        }
    }

    private void constants(byte[] out, int to, int count) {
        int step = destinationBytes();
        int value = constants[to];
        int write = to * componentBytes;
        for (int i = 0; i < count; i++, write += step) {
            for (int j = 0; j < componentBytes; j++) {
                out[write + j] = (byte) (value >>> (8 * j));
            }
        }
    }
}
