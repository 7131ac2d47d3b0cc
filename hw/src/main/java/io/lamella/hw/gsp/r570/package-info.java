// SPDX-License-Identifier: Apache-2.0
/**
 * Structures of GSP firmware release 570.144, as data: resources in the text form of {@code io.lamella.hw.struct}. Nothing outside
 * {@code io.lamella.hw.gsp} uses this package; both sides of the GPU go through {@code GspAbi}.
 *
 * <p>Facts: nouveau's nvrm headers for r570, and for the vGPU manager NVIDIA's open-gpu-kernel-modules at tag 570.144, compiled, and read from
 * the compiler's debug information.
 */
@NullMarked
package io.lamella.hw.gsp.r570;

import org.jspecify.annotations.NullMarked;
