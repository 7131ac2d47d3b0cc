// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/**
 * A function with an SR-IOV capability. Virtual functions are switched on and off through that capability in configuration space
 * (NumVFs, VF Enable), as the specification has it; this interface is only how to get hold of one, what enumerating the bus is on
 * a real machine.
 */
public interface PciPhysicalFunction extends PciFunction {
    /** TotalVFs of the capability. */
    int totalVirtualFunctions();

    /**
     * The virtual function with this number, counted from 0. The same object every time. While it is not enabled it reads as ones.
     *
     * @throws IndexOutOfBoundsException if {@code index} is not below {@link #totalVirtualFunctions}
     */
    PciFunction virtualFunction(int index);
}
