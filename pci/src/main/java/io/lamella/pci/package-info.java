// SPDX-License-Identifier: Apache-2.0
/** The seam: a PCI function, its memory and its interrupts. */
@NullMarked
package io.lamella.pci;

import org.jspecify.annotations.NullMarked;
