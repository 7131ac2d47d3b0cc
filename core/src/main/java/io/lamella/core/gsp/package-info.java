// SPDX-License-Identifier: Apache-2.0
/** The GSP. */
@NullMarked
package io.lamella.core.gsp;

import org.jspecify.annotations.NullMarked;
