// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

/**
 * Methods for a channel to carry out.
 *
 * @param address where they are in the VM, a multiple of 4
 * @param lengthBytes a multiple of 4, at least 4 and at most {@link io.lamella.core.Channel#MOST_PUSH_BYTES}
 */
public record Push(long address, int lengthBytes) {}
