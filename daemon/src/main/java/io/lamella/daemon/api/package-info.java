// SPDX-License-Identifier: Apache-2.0
/**
 * The routes: what a {@link io.lamella.host.node.Node} offers, as HTTP.
 *
 * <p>Reading answers at once with the node's own records. What starts, stops or resets something becomes an operation: the request is answered
 * with 202 and a link, or, with {@code ?wait=SECONDS}, with the end of it. What changes a definition is checked against the revision that the
 * caller saw. Refusals carry the node's code and sentence.
 *
 * <p>Threads: every endpoint runs on its request's virtual thread and may wait; the node may be called from any.
 */
@NullMarked
package io.lamella.daemon.api;

import org.jspecify.annotations.NullMarked;
