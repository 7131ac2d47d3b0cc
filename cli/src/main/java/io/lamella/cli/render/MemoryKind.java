// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.render;

/** Where a buffer is, as the command line says it. */
enum MemoryKind {
    /** Frame buffer. */
    vram,
    /** The host's memory. */
    gart
}
