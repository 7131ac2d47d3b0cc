// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

/** What {@code -o} takes. */
public enum OutputFormat {
    text,
    json
}
