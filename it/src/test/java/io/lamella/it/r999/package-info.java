// SPDX-License-Identifier: Apache-2.0
/**
 * A firmware release that does not exist, as someone would add one: {@link io.lamella.it.r999.R999} and its layouts beside it. Driver,
 * software GPU and vGPU manager have to run with it as they are.
 */
@NullMarked
package io.lamella.it.r999;

import org.jspecify.annotations.NullMarked;
