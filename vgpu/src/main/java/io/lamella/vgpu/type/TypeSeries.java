// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

/** What a type is for. */
public enum TypeSeries {
    /** Applications streamed from a server: one small head, no compute. */
    A,
    /** Desktops. */
    B,
    /** Compute. */
    C,
    /** Workstations. */
    Q
}
