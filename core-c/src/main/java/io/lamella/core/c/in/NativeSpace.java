// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.AddressSpace;
import io.lamella.core.CoreCapability;
import io.lamella.core.GpuMemory;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Neutral;

/** An address space of a core in C. */
final class NativeSpace extends NativeResource implements AddressSpace {
    private final long sizeBytes;

    NativeSpace(NativeSession session, long handle, String label, long sizeBytes) {
        super(session, handle, label);
        this.sizeBytes = sizeBytes;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void bind(long address, GpuMemory memory, long offset, long lengthBytes, Access access) {
        link().call(
                        CoreFunction.SPACE_BIND,
                        handle(),
                        address,
                        session().own(memory, CoreCapability.ADDRESS_SPACES),
                        offset,
                        lengthBytes,
                        Neutral.ACCESSES.indexOf(access));
    }

    @Override
    public void unbind(long address, long lengthBytes) {
        link().call(CoreFunction.SPACE_UNBIND, handle(), address, lengthBytes);
    }
}
