// SPDX-License-Identifier: Apache-2.0
/**
 * The daemon's API for Java programs, the lamella command first of all. It speaks HTTP over the Unix socket by itself, because a command has to
 * start faster than an HTTP library loads, and because Java's own client does not speak to Unix sockets.
 */
@NullMarked
package io.lamella.daemon.client;

import org.jspecify.annotations.NullMarked;
