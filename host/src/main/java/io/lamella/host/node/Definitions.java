// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.vgpu.ParameterCatalogue;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuParameters;
import io.lamella.vgpu.type.TypeCatalogue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks definitions as far as that can be done without looking at what runs, and fills in what was left open. */
final class Definitions {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern UUID_FORM =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private static final Pattern PARAMETER = Pattern.compile("[a-z0-9-]{1,60}");

    private final TypeCatalogue types;
    private final Collection<String> gpus;

    Definitions(TypeCatalogue types, Collection<String> gpus) {
        this.types = types;
        this.gpus = gpus;
    }

    static boolean isUuid(@Nullable String text) {
        return text != null && UUID_FORM.matcher(text).matches();
    }

    /** Everything that is wrong with a definition, with paths below {@code path}. */
    List<NodeProblem> problems(String path, VgpuDefinition wanted) {
        List<NodeProblem> problems = new ArrayList<>();
        String at = path.isEmpty() ? "" : path + ".";
        String name = wanted.name();
        if (name != null && !isName(name)) {
            problems.add(new NodeProblem(
                    at + "name",
                    "a name has 1 to 63 letters, digits, '.', '_' or '-', begins with a letter or digit, is not \"any\""
                            + " and has not the form of a UUID; " + shown(name) + " will not do."));
        }
        if (wanted.uuid() != null && !isUuid(wanted.uuid())) {
            problems.add(new NodeProblem(
                    at + "uuid",
                    "a UUID such as 6f9619ff-8b86-4011-b42d-00c04fc964ff is needed, not " + shown(wanted.uuid())
                            + "."));
        }
        String gpu = wanted.gpu();
        if (gpu != null && !gpu.equals(VgpuDefinition.ANY_GPU) && !gpus.contains(gpu)) {
            problems.add(new NodeProblem(
                    at + "gpu",
                    "there is no GPU " + shown(gpu) + "; this node has " + String.join(", ", gpus)
                            + ", or write \"any\"."));
        }
        // A caller may well hand in a null that the signature forbids: this comes straight from JSON.
        @Nullable String type = wanted.type();
        if (type == null || type.isEmpty()) {
            problems.add(new NodeProblem(at + "type", "it is missing; write the name of a type, such as L40-8Q."));
        } else if (types.find(type).isEmpty()) {
            problems.add(new NodeProblem(at + "type", "there is no vGPU type " + shown(type) + "."));
        }
        range(problems, at + "placementId", wanted.placementId(), 65534);
        range(problems, at + "vf", wanted.vf(), 62);
        problems.addAll(parameterProblems(at, wanted.parameters()));
        return problems;
    }

    /** What is wrong with parameters. */
    List<NodeProblem> parameterProblems(String at, @Nullable Map<String, String> parameters) {
        List<NodeProblem> problems = new ArrayList<>();
        if (parameters != null) {
            parameters.forEach((name, value) -> {
                String path = at + "parameters." + (PARAMETER.matcher(name).matches() ? name : shown(name));
                // From JSON a value may be null whatever the signature says.
                if (value == null) {
                    problems.add(new NodeProblem(path, "a text is needed."));
                    return;
                }
                try {
                    ParameterCatalogue.parse(Map.of(name, value), VgpuParameters.DEFAULT);
                } catch (VgpuException e) {
                    e.problems().forEach(problem -> problems.add(new NodeProblem(path, problem)));
                }
            });
        }
        return problems;
    }

    private static void range(List<NodeProblem> problems, String path, @Nullable Integer value, int max) {
        if (value != null && (value < 0 || value > max)) {
            problems.add(new NodeProblem(path, "a number from 0 to " + max + " is needed, not " + value + "."));
        }
    }

    private static boolean isName(String name) {
        return NAME.matcher(name).matches() && !isUuid(name) && !name.equals(VgpuDefinition.ANY_GPU);
    }

    static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return "\"" + (line.length() > 60 ? line.substring(0, 60) + "..." : line) + "\"";
    }

    /** The same with everything filled in but placement and virtual function. */
    VgpuDefinition normal(VgpuDefinition wanted) {
        UUID uuid = wanted.uuid() == null ? UUID.randomUUID() : UUID.fromString(wanted.uuid());
        String name = wanted.name();
        return new VgpuDefinition(
                name == null ? "vgpu-" + uuid.toString().substring(0, 8) : name,
                uuid.toString(),
                wanted.gpu() == null ? VgpuDefinition.ANY_GPU : wanted.gpu(),
                wanted.type(),
                wanted.placementId(),
                wanted.vf(),
                wanted.parameters() == null ? Map.of() : wanted.parameters(),
                wanted.autostart() == null || wanted.autostart());
    }
}
