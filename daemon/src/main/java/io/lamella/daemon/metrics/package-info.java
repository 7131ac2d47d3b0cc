// SPDX-License-Identifier: Apache-2.0
/**
 * Metrics for Prometheus, read from the node's counters at the moment of a scrape.
 *
 * <p>{@link io.lamella.daemon.metrics.Metric} is the table of names; they are in base units. {@link io.lamella.daemon.metrics.DcgmView} shows the
 * part that NVIDIA's DCGM exporter has names for under those. Sources: the scheduler's books and the firmware's counters of the software GPU, the
 * counters of the vfio-user server, and the node's events for what happens rarely (faults, starts, resets).
 *
 * <p>Threads: any; a scrape takes no lock that an access of a VM waits for.
 *
 * <p>Not measured, and so not here: how much of its frame buffer a guest uses (only its driver knows), bytes of DMA (copies go straight to shared
 * memory and nobody counts them), clocks, power and temperature (a software GPU has none), encoders and displays.
 */
@NullMarked
package io.lamella.daemon.metrics;

import org.jspecify.annotations.NullMarked;
