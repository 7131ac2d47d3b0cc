// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

/**
 * One thing that is wrong in a request.
 *
 * @param path where, as a JSON pointer into the body, or the name of a query parameter after a question mark
 * @param message a sentence
 */
@Doc("One thing that is wrong in a request.")
public record Violation(
        @Doc("Where: a JSON pointer into the body, or a question mark and the name of a query parameter.")
        String path,

        @Doc(value = "What is wrong, in a sentence.", maxLength = 4096)
        String message) {}
