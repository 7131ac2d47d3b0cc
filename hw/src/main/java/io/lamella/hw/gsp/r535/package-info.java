// SPDX-License-Identifier: Apache-2.0
/**
 * Structures of GSP firmware release 535.113.01, as data: resources in the text form of {@code io.lamella.hw.struct}. Nothing outside
 * {@code io.lamella.hw.gsp} uses this package; both sides of the GPU go through {@code GspAbi}.
 *
 * <p>Facts: nouveau's nvrm headers for r535, and for the vGPU manager NVIDIA's open-gpu-kernel-modules at tag 535.113.01, compiled, and read from
 * the compiler's debug information.
 */
@NullMarked
package io.lamella.hw.gsp.r535;

import org.jspecify.annotations.NullMarked;
