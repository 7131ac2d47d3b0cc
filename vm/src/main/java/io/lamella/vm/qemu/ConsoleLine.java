// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

/**
 * A line that the guest printed.
 *
 * @param atMillis milliseconds since QEMU was started
 * @param text the line, without control characters, at most 2000 characters
 */
public record ConsoleLine(long atMillis, String text) {}
