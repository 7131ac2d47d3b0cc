// SPDX-License-Identifier: Apache-2.0
/** The GPU's reference manual as code without behaviour. */
@NullMarked
package io.lamella.hw;

import org.jspecify.annotations.NullMarked;
