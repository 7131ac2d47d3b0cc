// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

/**
 * The file of the numbers of events and revisions.
 *
 * @param schema {@link #SCHEMA}
 * @param reservedTo numbers up to this one may have been given
 */
record StoredNumbers(int schema, long reservedTo) {
    static final int SCHEMA = 1;
}
