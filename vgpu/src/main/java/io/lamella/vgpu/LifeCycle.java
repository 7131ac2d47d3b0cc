// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static io.lamella.vgpu.VgpuState.ACTIVE;
import static io.lamella.vgpu.VgpuState.ASSIGNED;
import static io.lamella.vgpu.VgpuState.EMPTY;
import static io.lamella.vgpu.VgpuState.FAILED;
import static io.lamella.vgpu.VgpuState.GONE;
import static io.lamella.vgpu.VgpuState.QUARANTINED;
import static io.lamella.vgpu.VgpuState.RESETTING;
import static io.lamella.vgpu.VgpuState.STARTING;
import static io.lamella.vgpu.VgpuState.STOPPING;
import static io.lamella.vgpu.VgpuVerb.ASSIGN;
import static io.lamella.vgpu.VgpuVerb.CLEAR;
import static io.lamella.vgpu.VgpuVerb.RELEASE;
import static io.lamella.vgpu.VgpuVerb.RESET;
import static io.lamella.vgpu.VgpuVerb.START;
import static io.lamella.vgpu.VgpuVerb.STOP;

import java.util.EnumMap;
import java.util.Map;

/** The life of a vGPU as a table: for each state and each verb either where it leads, or why it is refused and what would be allowed. */
public final class LifeCycle {
    private static final Map<VgpuState, Map<VgpuVerb, Rule>> TABLE = new EnumMap<>(VgpuState.class);

    static {
        in(EMPTY)
                .may(ASSIGN, ASSIGNED, ASSIGNED, EMPTY)
                .not(START, "It has no type, and a type comes before the start. Assign one first.")
                .not(STOP, "It has no type, so nothing runs. Assign one first.")
                .not(RESET, "It has no type, so there is nothing to set back. Assign one first.")
                .not(RELEASE, "It has no type to take away. Only assign is possible.")
                .not(CLEAR, "It has no type, so nothing is in quarantine. Only assign is possible.");
        in(ASSIGNED)
                .not(ASSIGN, "It has a type already, and has one at a time. Release it first, or start it.")
                .may(START, STARTING, ACTIVE, ASSIGNED)
                .not(STOP, "It does not run. Start it, or release it.")
                .not(RESET, "It does not run, and has no memory yet that could be cleared. Start it, or release it.")
                .may(RELEASE, EMPTY, EMPTY, ASSIGNED)
                .not(CLEAR, "Nothing of it is in quarantine. Start it, or release it.");
        in(ACTIVE)
                .not(ASSIGN, "It has a type already, and a type is for a whole life. Stop and release it first.")
                .not(START, "It runs already. Reset it to have it as new, or stop it.")
                .may(STOP, STOPPING, ASSIGNED, QUARANTINED)
                .may(RESET, RESETTING, ACTIVE, FAILED)
                .not(RELEASE, "It runs, and only what is stopped can be released. Stop it first.")
                .not(CLEAR, "Nothing of it is in quarantine. Reset it or stop it.");
        in(FAILED)
                .not(ASSIGN, "It has a type already, and a type is for a whole life. Stop and release it first.")
                .not(
                        START,
                        "Its last reset failed, and nothing starts on what may not be clear. Reset it again, or stop it.")
                .may(STOP, STOPPING, ASSIGNED, QUARANTINED)
                .may(RESET, RESETTING, ACTIVE, FAILED)
                .not(RELEASE, "It still has its parts, and only what is stopped can be released. Stop it first.")
                .not(CLEAR, "Nothing of it is in quarantine. Reset it again, or stop it.");
        in(QUARANTINED)
                .not(ASSIGN, "It is in quarantine, and nobody gets anything of it before it is clean. Clear it first.")
                .not(START, "It is in quarantine, and nothing starts on what may not be clear. Clear it first.")
                .not(STOP, "Stopping it has failed already. Clear it: that repeats the clean-up from where it failed.")
                .not(RESET, "It is in quarantine; a reset would not make it clean. Clear it.")
                .not(RELEASE, "It is in quarantine, and its memory is not for others before it is clean. Clear it.")
                .may(CLEAR, STOPPING, EMPTY, QUARANTINED);
        String gone =
                "The GPU is gone, and the vGPU with it. Release it; on the GPU that comes back a new one can be assigned.";
        in(GONE).not(ASSIGN, gone)
                .not(START, gone)
                .not(STOP, gone)
                .not(RESET, gone)
                .may(RELEASE, EMPTY, EMPTY, GONE)
                .not(CLEAR, gone);
        for (VgpuState passing : VgpuState.values()) {
            if (passing.isPassing()) {
                Row row = in(passing);
                for (VgpuVerb verb : VgpuVerb.values()) {
                    row.not(
                            verb,
                            "Something else is being done with it, one thing at a time. Ask again when that is over.");
                }
            }
        }
    }

    /** What the table says. */
    public sealed interface Rule {}

    /**
     * It is allowed.
     *
     * @param through the state while it is being done
     * @param to the state after it
     * @param otherwise the state if it fails
     */
    public record Allowed(VgpuState through, VgpuState to, VgpuState otherwise) implements Rule {}

    /**
     * It is refused.
     *
     * @param sentence the rule, and what would be allowed
     */
    public record Refused(String sentence) implements Rule {}

    private LifeCycle() {}

    private record Row(Map<VgpuVerb, Rule> rules) {
        Row may(VgpuVerb verb, VgpuState through, VgpuState to, VgpuState otherwise) {
            rules.put(verb, new Allowed(through, to, otherwise));
            return this;
        }

        Row not(VgpuVerb verb, String sentence) {
            rules.put(verb, new Refused(sentence));
            return this;
        }
    }

    private static Row in(VgpuState state) {
        return new Row(TABLE.computeIfAbsent(state, ignored -> new EnumMap<>(VgpuVerb.class)));
    }

    /** The rule for a verb in a state. There is one for every pair. */
    public static Rule rule(VgpuState state, VgpuVerb verb) {
        Rule rule = TABLE.getOrDefault(state, Map.of()).get(verb);
        if (rule == null) {
            throw new IllegalStateException("The table has no row for " + verb + " in " + state + ".");
        }
        return rule;
    }
}
