// SPDX-License-Identifier: Apache-2.0
/**
 * The host as a service: a {@link io.lamella.host.node.Node} behind an HTTP API at a Unix socket, and, if wanted, at TCP ports.
 *
 * <p>{@link io.lamella.daemon.DaemonConfiguration} is read from a YAML file that is held to its shape as strictly as a request. {@link
 * io.lamella.daemon.Daemon} starts node and API and winds them down in the reverse order; systemd is told by way of sd_notify(3). A socket that
 * systemd opened is taken over if it is passed as standard input ({@code StandardInput=socket}): Java adopts no other descriptor.
 *
 * <p>Not here: reloading the configuration without a restart.
 */
@NullMarked
package io.lamella.daemon;

import org.jspecify.annotations.NullMarked;
