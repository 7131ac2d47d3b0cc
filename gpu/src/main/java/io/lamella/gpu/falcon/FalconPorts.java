// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.Cell;
import io.lamella.hw.Loc;
import io.lamella.hw.reg.FalconMem;

/** The ports through which a driver reads and writes a falcon's memories word by word. Owned by the serving thread. */
final class FalconPorts {
    private static final int WORD = 4;
    private static final int ADDRESS_MASK = LocalMemory.SIZE_BYTES - WORD;

    private static final int INCREMENT_ON_READ =
            new FalconMem.Dmemc(0).withAutoIncrementRead(true).raw();
    private static final int INCREMENT_ON_WRITE =
            new FalconMem.Dmemc(0).withAutoIncrementWrite(true).raw();

    private FalconPorts() {}

    static void addRegisters(FalconUnit falcon, BankBuilder bank, Loc.Base at) {
        for (int i = 0; i < FalconMem.IMEMC.count(); i++) {
            Cell.Storage address = bank.storage(FalconMem.IMEMC.in(at).at(i));
            bank.storage(FalconMem.IMEMT.in(at).at(i));
            bank.port(FalconMem.IMEMD.in(at).at(i), () -> read(falcon.imem(), address), value -> {
                write(falcon.imem(), address, value);
                falcon.codeLoaded();
            });
        }
        for (int i = 0; i < FalconMem.DMEMC.count(); i++) {
            Cell.Storage address = bank.storage(FalconMem.DMEMC.in(at).at(i));
            bank.port(
                    FalconMem.DMEMD.in(at).at(i),
                    () -> read(falcon.dmem(), address),
                    value -> write(falcon.dmem(), address, value));
        }
    }

    // Both kinds of port have the address and the two increment bits in the same place.
    private static int read(LocalMemory memory, Cell.Storage address) {
        int port = address.peek();
        int value = memory.readInt(port & ADDRESS_MASK);
        if ((port & INCREMENT_ON_READ) != 0) {
            advance(address);
        }
        return value;
    }

    private static void write(LocalMemory memory, Cell.Storage address, int value) {
        int port = address.peek();
        memory.writeInt(port & ADDRESS_MASK, value);
        if ((port & INCREMENT_ON_WRITE) != 0) {
            advance(address);
        }
    }

    private static void advance(Cell.Storage address) {
        int raw = address.peek();
        address.set((raw & ~ADDRESS_MASK) | ((raw + WORD) & ADDRESS_MASK));
    }
}
