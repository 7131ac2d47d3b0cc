// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * An object of the resource manager.
 *
 * @param handle unique within its client
 * @param rmClass its class number
 */
public record RmObject(int handle, int rmClass) {}
