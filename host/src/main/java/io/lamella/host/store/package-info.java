// SPDX-License-Identifier: Apache-2.0
/**
 * State on disk that survives a crash at any moment.
 *
 * <p>{@link io.lamella.host.store.DocumentStore} keeps what is wanted: one JSON file for each thing, which an administrator can read and mend
 * with an editor. {@link io.lamella.host.store.EventJournal} keeps what happened, in bounded space. Both are built on the few operations of
 * {@link io.lamella.host.store.StoreFiles}, so that tests can stop them after each one and at each byte.
 *
 * <p>Opening either says what a crash left, whether the old or the new state counts, and what could not be read. What cannot be read is
 * never removed.
 *
 * <p>Threads: see the classes. Nothing here starts one.
 */
@NullMarked
package io.lamella.host.store;

import org.jspecify.annotations.NullMarked;
