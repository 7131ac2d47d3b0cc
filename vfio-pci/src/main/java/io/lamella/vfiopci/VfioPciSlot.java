// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import io.lamella.pci.DmaAllocator;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * A device that Linux's vfio-pci driver holds, as its driver meets it. Closing it gives the device back to the kernel, which resets it.
 *
 * <p>The kernel lets one process have a device at a time.
 */
public final class VfioPciSlot implements PciSlot {
    private final String address;
    private final VfioApi api;
    private final IommuSpace space;
    private final DeviceInterrupts interrupts;
    private final VfioFunction function;
    private final PinnedMemory memory;
    private final AtomicBoolean closed = new AtomicBoolean();

    private VfioPciSlot(HostDevice host, VfioApi api, IommuSpace space, Unwinding opened) {
        this.address = host.address();
        this.api = api;
        this.space = space;
        VfioDevice device = new VfioDevice(host, space.device());
        memory = new PinnedMemory(host, space);
        interrupts = new DeviceInterrupts(device, host.address());
        opened.add(interrupts::close);
        function = new VfioFunction(device, interrupts);
    }

    /**
     * Opens a device.
     *
     * @throws DeviceRefusedException if it cannot be had, with what would help: it is not bound to vfio-pci, has no IOMMU, shares its group
     *     with others, is busy, or may not be opened by this user
     */
    public static VfioPciSlot open(DeviceChoice choice) {
        return open(choice, Path.of("/sys"), Path.of("/dev"));
    }

    static VfioPciSlot open(DeviceChoice choice, Path sys, Path dev) {
        HostDevice host = HostDevice.find(sys, dev, choice.address());
        VfioApi api = host.api(choice.api());
        try (Unwinding opened = new Unwinding()) {
            IommuSpace space = opened.add(
                    switch (api) {
                        case GROUP -> GroupSpace.open(host);
                        case IOMMUFD -> IommufdSpace.open(host);
                    });
            VfioPciSlot slot = new VfioPciSlot(host, api, space, opened);
            opened.keep();
            return slot;
        }
    }

    /** Such as {@code 0000:65:00.0}. */
    public String address() {
        return address;
    }

    /** How it was opened. */
    public VfioApi api() {
        return api;
    }

    @Override
    public PciFunction function() {
        return function;
    }

    /** Memory for the driver, which the kernel pins; {@link DeviceRefusedException} where the limit of locked memory is reached. */
    @Override
    public DmaAllocator memory() {
        return memory;
    }

    @Override
    public void onInterrupt(IntConsumer handler) {
        interrupts.onInterrupt(handler);
    }

    /** Switches interrupts off, frees the memory that was not freed, and gives the device back. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try (Unwinding all = new Unwinding()) {
            all.add(space);
            all.add(function::close);
            all.add(memory::close);
            all.add(interrupts::close);
        }
    }
}
