// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static io.lamella.vgpu.VgpuState.ACTIVE;
import static io.lamella.vgpu.VgpuState.ASSIGNED;
import static io.lamella.vgpu.VgpuState.EMPTY;
import static io.lamella.vgpu.VgpuState.FAILED;
import static io.lamella.vgpu.VgpuState.GONE;
import static io.lamella.vgpu.VgpuState.QUARANTINED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.vgpu.LifeCycle.Allowed;
import io.lamella.vgpu.LifeCycle.Refused;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.type.TypeCatalogue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class LifeCycleTest {
    /** Every pair, written out a second time: where verbs lead. All others are refused. */
    private static final Map<String, String> LEADS_TO = Map.of(
            "EMPTY ASSIGN", "ASSIGNED",
            "ASSIGNED START", "ACTIVE",
            "ASSIGNED RELEASE", "EMPTY",
            "ACTIVE STOP", "ASSIGNED",
            "ACTIVE RESET", "ACTIVE",
            "FAILED STOP", "ASSIGNED",
            "FAILED RESET", "ACTIVE",
            "QUARANTINED CLEAR", "EMPTY",
            "GONE RELEASE", "EMPTY");

    private static String expected(VgpuState state, VgpuVerb verb) {
        return LEADS_TO.getOrDefault(state + " " + verb, "-");
    }

    static Stream<Arguments> pairs() {
        return Arrays.stream(VgpuState.values())
                .flatMap(state -> Arrays.stream(VgpuVerb.values()).map(verb -> Arguments.of(state, verb)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void everyPairHasARule(VgpuState state, VgpuVerb verb) {
        String to = expected(state, verb);
        switch (LifeCycle.rule(state, verb)) {
            case Allowed allowed -> {
                assertThat(allowed.to().name()).isEqualTo(to);
                assertThat(state == allowed.through() || state.mayBecome(allowed.through()))
                        .isTrue();
                assertThat(allowed.through() == allowed.to()
                                || allowed.through().mayBecome(allowed.to()))
                        .isTrue();
            }
            case Refused refused -> {
                assertThat(to).isEqualTo("-");
                // Two sentences at least: the rule, and what would be allowed.
                assertThat(refused.sentence())
                        .matches("[A-Z].*\\. [A-Z].*|[A-Z].*; .*|[A-Z].*: .*")
                        .endsWith(".");
            }
        }
    }

    /** The same on real vGPUs: each is brought into the state, and the verb is tried. */
    @ParameterizedTest
    @MethodSource("pairs")
    void everyPairIsAsTheTableSays(VgpuState state, VgpuVerb verb) {
        if (state.isPassing()) {
            return; // Nobody finds it so: the vGPU's lock is held meanwhile.
        }
        ScriptedCore core = new ScriptedCore(47_000, 2);
        VgpuManager manager = VgpuManager.open(core, TypeCatalogue.shipped(), new VgpuOptions(core, 10_000, 4_000));
        Vgpu vgpu = bring(core, manager, state);
        assertThat(vgpu.state()).isEqualTo(state);
        String before = core.accounts();
        String to = expected(state, verb);
        VgpuException refused = catchThrowableOfType(VgpuException.class, () -> apply(manager, vgpu, verb));
        if (to.equals("-")) {
            assertThat(refused).isNotNull();
            assertThat(refused.reason())
                    .isEqualTo(
                            state == GONE
                                    ? Reason.GPU_GONE
                                    : verb == VgpuVerb.ASSIGN ? Reason.NO_VIRTUAL_FUNCTION : Reason.WRONG_STATE);
            if (state != GONE) {
                String rule = ((Refused) LifeCycle.rule(state, verb)).sentence();
                assertThat(refused).hasMessageContaining(rule).hasMessageContaining(state.name());
            }
            assertThat(vgpu.state()).isEqualTo(state);
            assertThat(core.accounts()).isEqualTo(before);
        } else {
            assertThat(refused).isNull();
            assertThat(manager.virtualFunctions().getFirst().state().name()).isEqualTo(to);
        }
        assertThat(core.faults).isEmpty();
    }

    private static Vgpu bring(ScriptedCore core, VgpuManager manager, VgpuState state) {
        Vgpu vgpu = manager.assign(spec());
        switch (state) {
            case EMPTY -> vgpu.release();
            case ASSIGNED -> {}
            case ACTIVE -> vgpu.start();
            case FAILED -> {
                vgpu.start();
                core.plugin(1).nextResult = 7;
                assertThat(catchThrowableOfType(VgpuException.class, vgpu::reset))
                        .isNotNull();
            }
            case QUARANTINED -> {
                vgpu.start();
                core.broken = PluginControls.CLEAN_UP;
                assertThat(catchThrowableOfType(VgpuException.class, vgpu::stop))
                        .isNotNull();
                core.broken = "";
            }
            case GONE -> {
                vgpu.start();
                core.removeGpu("unplugged");
            }
            default -> throw new IllegalArgumentException(state.name());
        }
        return vgpu;
    }

    private static VgpuSpec spec() {
        return new VgpuSpec("L40-8Q", UUID.randomUUID(), OptionalInt.of(0));
    }

    private static void apply(VgpuManager manager, Vgpu vgpu, VgpuVerb verb) {
        switch (verb) {
            case ASSIGN -> {
                Vgpu unused = manager.assign(spec());
                assertThat(unused.function()).isEqualTo(vgpu.function());
            }
            case START -> vgpu.start();
            case STOP -> vgpu.stop();
            case RESET -> vgpu.reset();
            case RELEASE -> vgpu.release();
            case CLEAR -> vgpu.clearQuarantine("the test");
        }
    }

    @Test
    void aFailedVerbLeadsWhereTheTableSays() {
        for (VgpuState state : List.of(ASSIGNED, ACTIVE, FAILED, QUARANTINED)) {
            for (VgpuVerb verb : VgpuVerb.values()) {
                if (LifeCycle.rule(state, verb) instanceof Allowed allowed && verb != VgpuVerb.RELEASE) {
                    ScriptedCore core = new ScriptedCore(47_000, 2);
                    VgpuManager manager =
                            VgpuManager.open(core, TypeCatalogue.shipped(), new VgpuOptions(core, 10_000, 4_000));
                    Vgpu vgpu = bring(core, manager, state);
                    core.broken = verb == VgpuVerb.START ? "allocateChannels" : "scrub";
                    assertThat(catchThrowableOfType(VgpuException.class, () -> apply(manager, vgpu, verb)))
                            .as(state + " " + verb)
                            .isNotNull();
                    assertThat(vgpu.state()).as(state + " " + verb).isEqualTo(allowed.otherwise());
                    assertThat(vgpu.info().reason()).as(state + " " + verb).isNotEmpty();
                }
            }
        }
    }

    @Test
    void clearingIsOnTheRecord() {
        ScriptedCore core = new ScriptedCore(47_000, 2);
        VgpuManager manager = VgpuManager.open(core, TypeCatalogue.shipped(), new VgpuOptions(core, 10_000, 4_000));
        List<String> said = new ArrayList<>();
        Vgpu vgpu = bring(core, manager, QUARANTINED);
        manager.addListener(event -> said.add(event.sentence()));
        core.calls.clear();
        vgpu.clearQuarantine("operator anna");
        assertThat(core.calls).contains("scrub vGPU " + vgpu.uuid() + ": frame buffer");
        assertThat(said).hasSize(2);
        assertThat(said.getLast())
                .contains("cleared by operator anna", "7616 MiB", "placement id 0", "scrubbed", "firmware task");
        assertThat(manager.vgpus()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = VgpuState.class,
            names = {"EMPTY", "GONE"},
            mode = EnumSource.Mode.EXCLUDE)
    void theGpuMayGoAwayAtAnyTime(VgpuState state) {
        assertThat(state.mayBecome(GONE)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(VgpuState.class)
    void everyStateCanEndEmpty(VgpuState state) {
        Set<VgpuState> seen = EnumSet.of(state);
        Deque<VgpuState> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            for (VgpuState next : open.remove().next()) {
                if (seen.add(next)) {
                    open.add(next);
                }
            }
        }
        assertThat(seen).contains(EMPTY);
    }

    @Test
    void noVmGetsAVgpuThatWasNotSetBack() {
        assertThat(FAILED.next()).doesNotContain(ACTIVE);
        assertThat(QUARANTINED.next()).doesNotContain(ACTIVE, ASSIGNED, EMPTY);
        assertThat(VgpuState.STOPPING.next()).doesNotContain(ACTIVE);
    }
}
