// SPDX-License-Identifier: Apache-2.0
/** The GPU core driver. */
@NullMarked
package io.lamella.core;

import org.jspecify.annotations.NullMarked;
