// SPDX-License-Identifier: Apache-2.0
/** A vGPU as a VFIO device over vfio-user. */
@NullMarked
package io.lamella.vfio;

import org.jspecify.annotations.NullMarked;
