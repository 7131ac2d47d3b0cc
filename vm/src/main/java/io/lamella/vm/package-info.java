// SPDX-License-Identifier: Apache-2.0
/** Virtual machines: QEMU, guest kernels, QMP. */
@NullMarked
package io.lamella.vm;

import org.jspecify.annotations.NullMarked;
