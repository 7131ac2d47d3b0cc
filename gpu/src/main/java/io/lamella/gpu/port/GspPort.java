// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

/** The GSP of one function, as its registers reach it. */
public interface GspPort extends AutoCloseable {
    /**
     * Booter has loaded the GSP's firmware. Called on the function's tasks, with RISC-V already shown as active; SEC2 is shown as halted when
     * this returns, so long work belongs into a task of its own. Commands may be waiting in the queue already.
     */
    void start(GspBoot boot);

    /**
     * Booter was given back what it saved at a suspend: the firmware goes on where it was. Called as {@link #start} is.
     *
     * @return false, with nothing done, if no firmware is suspended
     */
    default boolean resume() {
        return false;
    }

    /** Register 0x110c00 was written. On the serving thread: may not wait. Comes at any time, before {@link #start} too. */
    void doorbell();

    /** Register 0xb82200 was written: the host talks to a vGPU's plugin. On the serving thread: may not wait. Any value. */
    void hostDoorbell(int value);

    /** A doorbell of channels was rung (0xbb0090). On the serving thread: may not wait. Any value. */
    default void workDoorbell(int token) {}

    /** Whether no channel has work left but those that wait for a semaphore. Any thread. */
    default boolean isQuiet() {
        return true;
    }

    /** The GSP's core was reset by its driver, or booter_unload ran: the firmware is gone until the next {@link #start}. May not wait. */
    void stop();

    /** Function-level reset: the state of power-on. No task runs; on the serving thread. */
    void reset();

    /** The function is gone. No task runs. Frees everything; never throws; may come twice. */
    @Override
    void close();
}
