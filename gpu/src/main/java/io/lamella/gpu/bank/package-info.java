// SPDX-License-Identifier: Apache-2.0
/**
 * A register file: what BAR0 is made of. Blocks declare their registers on a {@link io.lamella.gpu.bank.BankBuilder}, which refuses overlaps
 * and builds an immutable page table from offset to cell. An access is two array loads and one call, with no allocation and no lock.
 *
 * <h2>Accesses</h2>
 *
 * Registers are 32 bits wide, little-endian. A 64-bit access is two 32-bit ones, the lower first. An 8- or 16-bit read takes its bytes out of the
 * whole register, which is read once. An 8- or 16-bit write changes only its bytes; for registers that act on ones written the missing
 * bytes are zero. Windows (memory behind registers) get accesses at their own size. Offsets nobody declared read as 0, ignore writes,
 * and are counted: {@link io.lamella.gpu.bank.UnknownAccesses}.
 *
 * <p>Accesses come from one thread at a time; the model's own threads change cells through the same objects, whose values are volatile.
 * Not modelled: the error values (0xbadf....) that hardware returns for registers without access rights or behind a unit without
 * power.
 */
@NullMarked
package io.lamella.gpu.bank;

import org.jspecify.annotations.NullMarked;
