// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.FirmwareSource;
import io.lamella.pci.PciSlot;
import java.util.function.Supplier;

/**
 * A core to check, and what to check it on.
 *
 * @param provider opens the core
 * @param slots gives a slot with a GPU that nobody uses: asked several times, and only after the slot before was closed. It may be the
 *     same GPU every time
 * @param firmware where its firmware files are
 * @param options for opening it
 */
public record ContractSubject(
        CoreProvider provider, Supplier<PciSlot> slots, FirmwareSource firmware, CoreOptions options) {}
