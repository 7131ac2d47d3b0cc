// SPDX-License-Identifier: Apache-2.0
/**
 * The language that a driver and the GSP's resource manager speak: numbers of messages, controls, classes and statuses, the queues they
 * travel in, and the structures they carry, for each firmware release.
 *
 * <p>{@code GspAbi} is the way in. It has the same names for every release, so that the driver and the software GPU are written once; only
 * offsets, sizes and a few numbers differ, and those are data. A driver knows its release from the firmware file it loads; the GPU from the
 * length of the first message.
 *
 * <p>Everything is immutable and may be used from any thread. Facts: nouveau nvkm/subdev/gsp/rm (r535, r570), nova-core gsp, NVIDIA's
 * open-gpu-kernel-modules (ctrl headers, nvstatuscodes.h). Names of structures and fields are NVIDIA's, so that they can be looked up there.
 *
 * <p>Not here: controls that neither nouveau, nova-core nor the vGPU manager send; encrypted queues. How the FSP is told to boot the GSP is in {@code io.lamella.hw.fsp}.
 */
@NullMarked
package io.lamella.hw.gsp;

import org.jspecify.annotations.NullMarked;
