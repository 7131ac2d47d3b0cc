// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.pci.PciFunction;
import io.lamella.pci.PciPhysicalFunction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A physical function that can be pulled out of its slot: from then on it reads as ones and takes nothing. */
final class VanishingFunction {
    private volatile boolean gone;

    void vanish() {
        gone = true;
    }

    PciPhysicalFunction over(PciPhysicalFunction function) {
        return (PciPhysicalFunction) Proxy.newProxyInstance(
                PciFunction.class.getClassLoader(),
                new Class<?>[] {PciPhysicalFunction.class},
                (self, method, arguments) -> {
                    if (gone) {
                        switch (method.getName()) {
                            case "readConfig", "readBar" -> {
                                if (arguments[arguments.length - 1] instanceof Integer size) {
                                    return size >= 8 ? -1L : (1L << (8 * size)) - 1;
                                }
                                ((java.lang.foreign.MemorySegment) arguments[arguments.length - 1]).fill((byte) -1);
                                return null;
                            }
                            case "writeConfig", "writeBar", "reset" -> {
                                return null;
                            }
                            default -> {}
                        }
                    }
                    try {
                        return method.invoke(function, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
