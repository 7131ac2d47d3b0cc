// SPDX-License-Identifier: Apache-2.0
/**
 * A driver's probe as a test: a kernel is booted once for each chip and each kind of GPU, the driver is loaded, and what it said decides.
 *
 * <p>{@link io.lamella.cli.probe.DriverProbe} does one case in a VM, {@link io.lamella.cli.probe.ProbeOutcome} says what came of it, {@link
 * io.lamella.cli.probe.JUnitXml} writes all of them as build servers read them. What the driver prints when it is up is known from the kernel's
 * own sources (nouveau_drm.c, nova-core's gpu.rs); the reader of the log is {@code vm.guest.GuestReport}.
 *
 * <p>Not done here: removing the driver again, suspend, work on the GPU.
 */
@NullMarked
package io.lamella.cli.probe;

import org.jspecify.annotations.NullMarked;
