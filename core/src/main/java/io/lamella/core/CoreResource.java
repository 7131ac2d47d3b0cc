// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * Something that a session holds. It goes back when it is closed, or at the latest with its session.
 *
 * <p>All methods may be called from any thread. Once closed, using the resource throws {@link CoreException} with {@link
 * CoreError#CLOSED}.
 */
public interface CoreResource extends AutoCloseable {
    /** What the holder named it; appears in refusals and leak reports. */
    String label();

    /** Whether it is still held. */
    boolean isHeld();

    /** Gives it back. Without effect the second time. Never throws: what the hardware refused is in the log. */
    @Override
    void close();

    /**
     * Gives up the resource without giving it back: nobody gets it again until the GPU is opened anew. For what the firmware may still be
     * using after a clean-up that failed.
     */
    void quarantine(String reason);
}
