// SPDX-License-Identifier: Apache-2.0
/**
 * Behind the interface: the core of one GPU and the sessions on it.
 *
 * <p>A session owns what it takes. Resources are given back by their holder, in reverse order by the end of the session, or given up into
 * quarantine. Threads: clients call from any thread; one event thread per GPU reads the firmware's messages, notices that the function
 * is gone or the firmware has halted, and calls listeners.
 */
@NullMarked
package io.lamella.core.session;

import org.jspecify.annotations.NullMarked;
