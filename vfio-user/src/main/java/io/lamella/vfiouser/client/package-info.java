// SPDX-License-Identifier: Apache-2.0
/** The driver's side. */
@NullMarked
package io.lamella.vfiouser.client;

import org.jspecify.annotations.NullMarked;
