// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

/** What a falcon does when it is started. */
interface FalconProgram {
    /** Whether it needs the other side's memory, and so must run as a task. */
    boolean usesDma();

    /**
     * Runs to its end. May read and change the falcon's mailboxes; that it has halted is shown by the caller afterwards.
     *
     * @param falcon the falcon it runs on, with what was loaded
     */
    void run(FalconUnit falcon);
}
