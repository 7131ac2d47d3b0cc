// SPDX-License-Identifier: Apache-2.0
/**
 * The commands that speak with a daemon: GPUs, vGPUs, types, placement, scheduling, desired state and events of a node.
 *
 * <p>Each noun is a file, each of its verbs a class in it. A command asks the daemon through {@link io.lamella.daemon.client.DaemonClient},
 * prints what it got, and decides nothing: every rule and every sentence of a refusal is the daemon's. What {@code -o json} and {@code -o
 * yaml} print is what the API answers, so that a script can change from one to the other; tables are for people and may change.
 *
 * <p>Everything runs on the main thread. {@code --watch} prints again after each event, at most four times a second.
 *
 * <p>Exit codes are those of {@link io.lamella.cli.ExitCode}: 1 for a refusal, 2 for a wrong command line, 69 if there is no daemon.
 */
@NullMarked
package io.lamella.cli.node;

import org.jspecify.annotations.NullMarked;
