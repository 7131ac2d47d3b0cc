// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.store;

/**
 * Something about stored files that somebody should know.
 *
 * @param kind what it is
 * @param file its name
 * @param sentence for a person
 */
public record StoreReport(Kind kind, String file, String sentence) {
    /** What it is. */
    public enum Kind {
        /** A change had begun when the process or the machine stopped; what was before counts. */
        OLD_STATE,
        /** A change was made when the process or the machine stopped, and its caller may not know; it counts. */
        NEW_STATE,
        /** A file cannot be read; it was given another name and is not used. */
        SET_ASIDE,
        /** The journal's end is damaged; it was cut off, and what was there is kept beside it. */
        JOURNAL_CUT
    }
}
