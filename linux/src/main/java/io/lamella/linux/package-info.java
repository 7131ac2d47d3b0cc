// SPDX-License-Identifier: Apache-2.0
/** The few system calls that Java lacks. */
@NullMarked
package io.lamella.linux;

import org.jspecify.annotations.NullMarked;
