// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * The parameters of a control after the firmware has filled in its answer, by name. Every method throws {@link CoreException} with {@link
 * CoreError#NOT_SUPPORTED} for a field that the release does not have.
 */
public interface RmReply {
    /** An integer, zero-extended. */
    long number(String field);

    /** An array of integers, zero-extended. */
    long[] numbers(String field);

    /** An array of bytes. */
    byte[] bytes(String field);

    /** An array of bytes as text, up to its first 0. */
    String text(String field);
}
