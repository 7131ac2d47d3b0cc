// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.mmu.MmuFault;

/** An object that a channel has bound to a subchannel: the state of its class, and what its methods do. For the engines' one thread. */
public interface EngineObject {
    /**
     * A method. One that begins long work leaves it to {@link #advance}; no method comes before that is done.
     *
     * @param offset 0x100 to 0x3ffc, a multiple of 4
     */
    void method(int offset, int data) throws ChannelFault, MmuFault;

    /** Whether work that a method began is not done. */
    boolean isBusy();

    /** Does a bounded piece of that work: some hundred microseconds at the most. */
    void advance() throws ChannelFault, MmuFault;
}
