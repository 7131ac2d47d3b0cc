// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import static io.lamella.cli.smi.Reading.mib;

import io.lamella.host.node.GpuMode;
import io.lamella.host.node.TypeView;
import java.util.List;
import java.util.stream.Collectors;

/** The lists of {@code vgpu -s} and {@code vgpu -c}. */
final class TypeLists {
    private TypeLists() {}

    /**
     * The types of each GPU.
     *
     * @param onlyCreatable whether to leave out those of which no more can be had now
     * @param verbose all of each, not only its name
     */
    static List<String> of(Reading reading, boolean onlyCreatable, boolean verbose) {
        Tree top = new Tree();
        for (Reading.Gpu gpu : reading.gpus()) {
            Tree tree = top.below("GPU " + Reading.busId(gpu.view().pciAddress()));
            for (TypeView type : gpu.types()) {
                if (onlyCreatable && !type.creatable()) {
                    continue;
                }
                if (verbose) {
                    add(tree, gpu, type);
                } else {
                    tree.title("    " + type.name());
                }
            }
        }
        return top.lines();
    }

    private static void add(Tree gpu, Reading.Gpu on, TypeView type) {
        String pciId = on.view().pciId();
        String device = pciId == null ? null : "0x" + pciId.substring(pciId.indexOf(':') + 1) + pciId.substring(0, 4);
        gpu.below("vGPU Type ID", "0x%x".formatted(type.id()))
                .add("Name", type.name())
                .add("Class", className(type))
                .add("GPU Instance Profile ID", null)
                .add("Max Instances", type.maxInstances())
                .add("Max Instances Per VM", null)
                .add("Creatable Now", type.creatable() ? type.remaining() : 0)
                .add("Multi vGPU Exclusive", "False")
                .add("vGPU Exclusive Type", "False")
                .add("vGPU Exclusive Size", on.view().mode() == GpuMode.EQUAL ? "True" : "False")
                .add("Device ID", device)
                .add("Sub System ID", null)
                .add("FB Memory", mib(type.profileSizeBytes()))
                .add("FB Memory Seen By Guest", mib(type.fbSizeBytes()))
                .add("Display Heads", type.heads())
                .add("Maximum X Resolution", type.maxWidth())
                .add("Maximum Y Resolution", type.maxHeight())
                .add("Frame Rate Limit", type.fpsLimit() == 0 ? null : type.fpsLimit() + " FPS")
                .add("License", "none needed")
                .add("Placement IDs", ids(type.placementIds()))
                .add("Creatable Placement IDs", ids(type.freePlacementIds()));
    }

    /** As NVIDIA's series are classed. */
    private static String className(TypeView type) {
        return switch (type.series()) {
            case "A", "B" -> "NVS";
            case "C" -> "Compute";
            case "Q" -> "Quadro";
            default -> Reading.NOT_AVAILABLE;
        };
    }

    /** Numbers; with an end in equal steps the steps are told instead, as there can be many. */
    static String ids(List<Integer> ids) {
        if (ids.size() > 4) {
            int step = ids.get(1) - ids.get(0);
            boolean even = true;
            for (int i = 1; i < ids.size(); i++) {
                even &= ids.get(i) - ids.get(i - 1) == step;
            }
            if (even && step > 0) {
                return ids.getFirst() + " to " + ids.getLast() + (step == 1 ? "" : " in steps of " + step);
            }
        }
        return ids.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }
}
