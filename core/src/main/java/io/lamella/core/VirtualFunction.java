// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * A virtual function of the GPU.
 *
 * @param index counted from 0
 * @param gfid the GPU's own number for it: index + 1
 * @param address where it appears on the bus once enabled
 */
public record VirtualFunction(int index, int gfid, PciAddress address) {}
