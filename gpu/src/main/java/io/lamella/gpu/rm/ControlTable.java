// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which controls there are and who answers them, for one boot. */
public final class ControlTable {
    /** Answers a control. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Answers.
         *
         * @param target the object that was asked; of the class that the control's number says
         * @param params the driver's parameters, at least as long as the release has them; becomes the answer
         */
        NvStatus handle(RmObject target, MemorySegment params);
    }

    record Entry(RmControl control, int paramsBytes, Handler handler) {}

    private final GspAbi abi;
    private final Map<Integer, Entry> entries = new HashMap<>();

    ControlTable(GspAbi abi) {
        this.abi = abi;
    }

    public GspAbi abi() {
        return abi;
    }

    /** Adds a control where the release has it. @throws IllegalArgumentException if someone answers it already */
    public void add(RmControl control, Handler handler) {
        if (!abi.has(control)) {
            return;
        }
        Entry entry = new Entry(control, abi.control(control).sizeBytes(), handler);
        if (entries.putIfAbsent(abi.number(control), entry) != null) {
            throw new IllegalArgumentException("Control " + control + " has two handlers.");
        }
    }

    @Nullable
    Entry find(int number) {
        return entries.get(number);
    }
}
