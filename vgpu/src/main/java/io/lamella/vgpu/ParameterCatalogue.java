// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.type.VgpuType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** What is known of each setting of a vGPU, from {@code parameters.json}, and the checks that follow from it. */
public final class ParameterCatalogue {
    private static final List<Parameter> ALL = load();
    private static final int MOST_SHOWN = 40;

    /** What a setting may be. */
    public enum Kind {
        /** {@code on} or {@code off}. */
        SWITCH,
        /** A whole number. */
        NUMBER,
        /** One of some words. */
        CHOICE
    }

    /**
     * A setting.
     *
     * @param name such as {@code frame-rate-limiter}
     * @param kind what it may be
     * @param initial what it is if nothing is said
     * @param min of a number
     * @param max of a number
     * @param choices of a choice
     * @param whileRunning whether it may change while the vGPU runs
     * @param needsCompute whether only types with compute can have it on
     * @param effective whether it has an effect on the software GPU
     * @param meaning what it is for
     * @param effect who is told of it and what that does, or why nothing
     */
    public record Parameter(
            String name,
            Kind kind,
            String initial,
            int min,
            int max,
            List<String> choices,
            boolean whileRunning,
            boolean needsCompute,
            boolean effective,
            String meaning,
            String effect) {
        public Parameter {
            choices = List.copyOf(choices);
        }

        Optional<String> problem(String value) {
            return switch (kind) {
                case SWITCH -> value.equals("on") || value.equals("off") ? Optional.empty() : needs("on or off", value);
                case CHOICE ->
                    choices.contains(value) ? Optional.empty() : needs("one of " + String.join(", ", choices), value);
                case NUMBER ->
                    value.matches("[0-9]{1,9}") && Integer.parseInt(value) >= min && Integer.parseInt(value) <= max
                            ? Optional.empty()
                            : needs("a number from " + min + " to " + max, value);
            };
        }

        private Optional<String> needs(String wanted, String value) {
            String shown = value.length() > MOST_SHOWN ? value.substring(0, MOST_SHOWN) + "..." : value;
            return Optional.of(name + ": " + wanted + " is needed, not \"" + shown + "\".");
        }
    }

    private ParameterCatalogue() {}

    private static List<Parameter> load() {
        try (InputStream in = ParameterCatalogue.class.getResourceAsStream("/io/lamella/vgpu/parameters.json")) {
            if (in == null) {
                throw new IllegalStateException("The file parameters.json is missing from this build.");
            }
            return List.of(JsonMapper.builder().build().readValue(in.readAllBytes(), Parameter[].class));
        } catch (IOException e) {
            throw new UncheckedIOException("The file parameters.json cannot be read.", e);
        }
    }

    /** All settings. */
    public static List<Parameter> all() {
        return ALL;
    }

    /** A vGPU's settings by name. */
    public static Map<String, String> values(VgpuParameters parameters) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("frame-rate-limiter", word(parameters.frameRateLimiter()));
        values.put("console", word(parameters.console()));
        values.put("unified-memory", word(parameters.unifiedMemory()));
        values.put("debugging", word(parameters.debugging()));
        values.put("profiling", word(parameters.profiling()));
        values.put("weight", Integer.toString(parameters.weight()));
        values.put("priority", parameters.priority().name().toLowerCase(Locale.ROOT));
        values.put("preemption-timeout-ms", Integer.toString(parameters.preemptionTimeoutMillis()));
        return values;
    }

    private static String word(boolean on) {
        return on ? "on" : "off";
    }

    /**
     * Settings from names and values; those that are not named stay as in {@code base}.
     *
     * @throws VgpuException {@code PARAMETERS} with everything that is wrong
     */
    public static VgpuParameters parse(Map<String, String> given, VgpuParameters base) {
        Map<String, String> values = values(base);
        List<String> problems = new ArrayList<>();
        given.forEach((name, value) -> {
            if (values.containsKey(name)) {
                values.put(name, value);
            } else {
                String shown = name.length() > MOST_SHOWN ? name.substring(0, MOST_SHOWN) + "..." : name;
                problems.add("\"" + shown + "\" is no setting; there are " + String.join(", ", values.keySet()) + ".");
            }
        });
        problems.addAll(problems(values));
        refuse(problems);
        return new VgpuParameters(
                isOn(values, "frame-rate-limiter"),
                isOn(values, "console"),
                isOn(values, "unified-memory"),
                isOn(values, "debugging"),
                isOn(values, "profiling"),
                Integer.parseInt(values.getOrDefault("weight", "")),
                VgpuPriority.valueOf(values.getOrDefault("priority", "").toUpperCase(Locale.ROOT)),
                Integer.parseInt(values.getOrDefault("preemption-timeout-ms", "")));
    }

    private static boolean isOn(Map<String, String> values, String name) {
        return "on".equals(values.get(name));
    }

    private static List<String> problems(Map<String, String> values) {
        return ALL.stream()
                .flatMap(parameter ->
                        parameter.problem(values.getOrDefault(parameter.name(), parameter.initial())).stream())
                .toList();
    }

    /** @throws VgpuException {@code PARAMETERS} with everything for which these are no settings of a vGPU of this type */
    static void check(VgpuParameters parameters, VgpuType type) {
        Map<String, String> values = values(parameters);
        List<String> problems = new ArrayList<>(problems(values));
        for (Parameter parameter : ALL) {
            if (parameter.needsCompute() && isOn(values, parameter.name()) && !type.cuda()) {
                problems.add(parameter.name() + ": " + type.name()
                        + " has no compute, which this is for. A type of the C or Q series would do, or leave it off.");
            }
        }
        refuse(problems);
    }

    /** @throws VgpuException {@code PARAMETERS} with everything that cannot change while the vGPU runs */
    static void checkRunning(VgpuParameters now, VgpuParameters wanted) {
        Map<String, String> before = values(now);
        Map<String, String> after = values(wanted);
        refuse(ALL.stream()
                .filter(parameter -> !parameter.whileRunning())
                .filter(parameter -> !after.getOrDefault(parameter.name(), "").equals(before.get(parameter.name())))
                .map(parameter -> parameter.name() + ": this cannot change while the vGPU runs; it is "
                        + before.get(parameter.name()) + ". Stop it first.")
                .toList());
    }

    private static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new VgpuException(
                    Reason.PARAMETERS,
                    problems.stream().collect(Collectors.joining(" ", "Nothing was changed: ", "")),
                    problems);
        }
    }
}
