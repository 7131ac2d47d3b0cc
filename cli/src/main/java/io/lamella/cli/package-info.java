// SPDX-License-Identifier: Apache-2.0
/** The lamella command. */
@NullMarked
package io.lamella.cli;

import org.jspecify.annotations.NullMarked;
