// SPDX-License-Identifier: Apache-2.0
/** The software GPU. */
@NullMarked
package io.lamella.gpu;

import org.jspecify.annotations.NullMarked;
