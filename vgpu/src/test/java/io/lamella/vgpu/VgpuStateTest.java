// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static io.lamella.vgpu.VgpuState.ACTIVE;
import static io.lamella.vgpu.VgpuState.CREATING;
import static io.lamella.vgpu.VgpuState.DESTROYED;
import static io.lamella.vgpu.VgpuState.DESTROYING;
import static io.lamella.vgpu.VgpuState.FAILED;
import static io.lamella.vgpu.VgpuState.GONE;
import static io.lamella.vgpu.VgpuState.QUARANTINED;
import static io.lamella.vgpu.VgpuState.RESETTING;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VgpuStateTest {
    /** Every pair, written out a second time: rows are from, columns are to, in the order of the enum. */
    private static final String[] LEGAL = {
        // CREATING ACTIVE RESETTING FAILED DESTROYING QUARANTINED GONE DESTROYED
        "-x--x-x-", // CREATING
        "--x-x-x-", // ACTIVE
        "-x-x--x-", // RESETTING
        "--x-x-x-", // FAILED
        "-----xxx", // DESTROYING
        "----x-x-", // QUARANTINED
        "-------x", // GONE
        "--------", // DESTROYED
    };

    @Test
    void everyPairIsAsTheTableSays() {
        VgpuState[] states = VgpuState.values();
        assertThat(states).hasSameSizeAs(LEGAL);
        for (int row = 0; row < states.length; row++) {
            for (int column = 0; column < states.length; column++) {
                VgpuState from = states[row];
                VgpuState to = states[column];
                boolean legal = LEGAL[row].charAt(column) == 'x';
                assertThat(from.mayBecome(to)).as(from + " to " + to).isEqualTo(legal);
                assertThat(from.next().contains(to)).as(from + " to " + to).isEqualTo(legal);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = VgpuState.class,
            names = {"DESTROYED", "GONE"},
            mode = EnumSource.Mode.EXCLUDE)
    void theGpuMayGoAwayAtAnyTime(VgpuState state) {
        assertThat(state.mayBecome(GONE)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(VgpuState.class)
    void everyStateEndsInDestroyed(VgpuState state) {
        Set<VgpuState> seen = EnumSet.of(state);
        Deque<VgpuState> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            for (VgpuState next : open.remove().next()) {
                if (seen.add(next)) {
                    open.add(next);
                }
            }
        }
        assertThat(seen).contains(DESTROYED);
    }

    @Test
    void noVmGetsAVgpuThatWasNotSetBack() {
        assertThat(FAILED.next()).doesNotContain(ACTIVE);
        assertThat(QUARANTINED.next()).doesNotContain(ACTIVE, DESTROYED);
        assertThat(EnumSet.of(CREATING, RESETTING)).allMatch(state -> state.mayBecome(ACTIVE));
        assertThat(DESTROYING.next()).doesNotContain(ACTIVE);
    }
}
