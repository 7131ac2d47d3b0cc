// SPDX-License-Identifier: Apache-2.0
/**
 * Structures in memory, described by data: names, offsets and widths of fields, as a C compiler on x86-64 lays them out.
 *
 * <p>A {@code Struct} is looked up once and its fields are kept; a field then reads and writes any {@code MemorySegment} at any base,
 * little-endian, with no need of alignment, without allocating. Descriptions are immutable and may be used from any thread. The segment
 * checks bounds: a structure that a guest placed at the end of its buffer fails with {@code IndexOutOfBoundsException}, so check
 * {@code Struct.fits} first where the buffer is a guest's.
 *
 * <p>The text form that {@code StructCatalog} reads is C's, less its noise: {@code NAME \{ u32 a, b[4]; OTHER c; union \{ ... \}; \}} with
 * {@code u8 u16 u32 u64} as the scalars, {@code x[]} for an array of unknown length at the end, and {@code align N;} before a field that is
 * aligned to more than its type needs, and {@code packed;} as the first word of a structure without any alignment.
 */
@NullMarked
package io.lamella.hw.struct;

import org.jspecify.annotations.NullMarked;
