// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

/** What {@code -o} of a command about a node takes. */
enum ListFormat {
    table,
    wide,
    json,
    yaml
}
