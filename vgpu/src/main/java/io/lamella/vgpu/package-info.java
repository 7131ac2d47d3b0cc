// SPDX-License-Identifier: Apache-2.0
/** The vGPU manager. */
@NullMarked
package io.lamella.vgpu;

import org.jspecify.annotations.NullMarked;
