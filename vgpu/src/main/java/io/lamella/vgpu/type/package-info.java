// SPDX-License-Identifier: Apache-2.0
/**
 * vGPU types as data.
 *
 * <p>A type says how big a vGPU is and what it may show: a row of a JSON file, one file per board, under {@code
 * io/lamella/vgpu/types}. Nothing about a type is in code. Each file names its sources, states the rules by which its derived values
 * were made, and marks in each row which values are derived. A file of one's own is read in the same way and with the same checks.
 *
 * <p>Loading reports every problem at once, each with the path of the value at fault, so that a file can be mended in one go.
 *
 * <p>A file may also say how its board is made ({@link io.lamella.vgpu.type.Board}), for software GPUs of that kind.
 *
 * <p>Not modelled: licence classes, GPU instances (MIG). Everything here is immutable and may be used from any
 * thread.
 */
@NullMarked
package io.lamella.vgpu.type;

import org.jspecify.annotations.NullMarked;
