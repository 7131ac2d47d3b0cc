// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/** How a function interrupts. */
public enum InterruptKind {
    /** A level on the legacy pin; one at the most. */
    INTX,
    /** A message; up to 32. */
    MSI,
    /** A message from a table in a BAR; up to 2048. */
    MSI_X
}
