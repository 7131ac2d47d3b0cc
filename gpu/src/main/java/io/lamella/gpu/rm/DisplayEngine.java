// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.port.Vectors;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import java.util.List;
import java.util.Set;

/**
 * What the firmware says of the display. There is none on any board; but drivers believe that of an AD102 by its fuse, and of a GB202 only when the
 * display itself tells them that it has no head and no output.
 */
interface DisplayEngine {
    /** The display of the function's chip. */
    static DisplayEngine of(RmSystem system) {
        return switch (system.architecture()) {
            case ADA -> new FusedOff();
            case BLACKWELL_GB20X -> new Headless();
        };
    }

    /**
     * An entry of the interrupt table.
     *
     * @param engine by the table's index
     * @param stall its vector
     */
    record Vector(int engine, int stall) {}

    /** What it adds to the interrupt table. */
    List<Vector> vectors();

    /** Adds its classes and controls. */
    void addTo(ClassTable classes, ControlTable controls);

    /** Not there at all. */
    record FusedOff() implements DisplayEngine {
        @Override
        public List<Vector> vectors() {
            return List.of();
        }

        @Override
        public void addTo(ClassTable classes, ControlTable controls) {}
    }

    /** There, with nothing to show anything on. */
    record Headless() implements DisplayEngine {
        /** Controls whose answer is that there is none, or nothing to do. */
        private static final List<RmControl> ZEROES = List.of(
                RmControl.INTERNAL_DISPLAY_GET_STATIC_INFO,
                RmControl.SYSTEM_GET_NUM_HEADS,
                RmControl.SPECIFIC_GET_ALL_HEAD_MASK,
                RmControl.SYSTEM_GET_SUPPORTED);

        /** Orders that are taken and have no effect. */
        private static final List<RmControl> TAKEN = List.of(
                RmControl.INTERNAL_DISPLAY_WRITE_INST_MEM,
                RmControl.INTERNAL_INIT_BRIGHTC_STATE_LOAD,
                RmControl.DP_SET_MANUAL_DISPLAYPORT);

        @Override
        public List<Vector> vectors() {
            return List.of(
                    new Vector(GspAbi.McEngines.DISPLAY, Vectors.DISPLAY_STALL),
                    new Vector(GspAbi.McEngines.DISPLAY_LOW_LATENCY, Vectors.DISPLAY_LOW_LATENCY_STALL));
        }

        @Override
        public void addTo(ClassTable classes, ControlTable controls) {
            ClassTable.Handler plain = (object, params) -> NvStatus.OK;
            classes.add(RmClass.DISPLAY_COMMON, Set.of(RmClass.DEVICE), plain);
            classes.add(RmClass.BLACKWELL_DISPLAY, Set.of(RmClass.DEVICE), plain);
            for (RmControl control : ZEROES) {
                Struct layout = controls.abi().control(control);
                controls.add(control, (target, params) -> {
                    layout.clear(params, 0);
                    return NvStatus.OK;
                });
            }
            TAKEN.forEach(control -> controls.add(control, (target, params) -> NvStatus.OK));
        }
    }
}
