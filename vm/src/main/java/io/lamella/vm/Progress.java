// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

/** Where slow work says how far it is. Called from any thread, a few times a second at most. */
@FunctionalInterface
public interface Progress {
    /** Takes one report. It must not block. */
    void update(Update update);

    /** A progress that nobody looks at. */
    static Progress none() {
        return update -> {};
    }

    /** Reports that a stage has begun and that its length is not known. */
    default void stage(String stage) {
        update(new Update(stage, -1, -1, -1));
    }

    /** Reports bytes of a known total. */
    default void bytes(String stage, long doneBytes, long totalBytes) {
        double fraction = totalBytes <= 0 ? -1 : Math.min(1.0, (double) doneBytes / totalBytes);
        update(new Update(stage, fraction, doneBytes, totalBytes));
    }

    /**
     * One report.
     *
     * @param stage what is being done, for people, such as "download qemu"
     * @param fraction 0 to 1, or negative when it is not known
     * @param doneBytes bytes done so far, or negative when bytes mean nothing here
     * @param totalBytes bytes in all, or negative
     */
    record Update(String stage, double fraction, long doneBytes, long totalBytes) {}
}
