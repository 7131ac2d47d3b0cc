// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.core.PciAddress;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.host.GpuSettings;
import io.lamella.host.GpuUse;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.host.PassthroughGpu;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.type.Board;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A GPU that a driver is to be tried on.
 *
 * @param board what the software GPU is made as
 * @param kind {@value #VGPU} or {@value #PF}
 * @param type of the vGPU; the board's name for a whole GPU
 */
record ProbeTarget(Board board, String kind, String type) {
    static final String VGPU = "vgpu";
    static final String PF = "pf";

    /** The boards that stand for the chips that the software GPU can be. */
    private static final List<String> BOARDS = List.of("L40", "RTX-PRO-6000");

    private static final long USUAL_BYTES = 8L << 30;

    /** Where it is served, and what it has to say of a driver that did not come up. */
    record Served(Path socket, SoftwareGpu gpu, int gfid) {
        List<String> hints() {
            List<String> hints = new ArrayList<>();
            String refusal = gpu.bootRefusal(gfid);
            if (refusal != null) {
                hints.add("The GPU did not boot its GSP: " + refusal);
            }
            gpu.unknownAccesses(gfid).stream()
                    .limit(20)
                    .map(one -> "The GPU has no register 0x%06x (%s) that was read %d and written %d times."
                            .formatted(one.offset(), one.name(), one.reads(), one.writes()))
                    .forEach(hints::add);
            return hints;
        }
    }

    /** @return what the guest gets, for people */
    String label() {
        return type;
    }

    /**
     * All that are wanted, chip by chip.
     *
     * @param chips empty for all
     * @param kinds empty for both
     * @throws VmException if there is no such chip or kind
     */
    static List<ProbeTarget> choose(List<String> chips, List<String> kinds) throws VmException {
        TypeCatalogue types = TypeCatalogue.shipped();
        List<Board> boards =
                BOARDS.stream().flatMap(name -> types.board(name).stream()).toList();
        List<ProbeTarget> targets = new ArrayList<>();
        for (String chip : chips.isEmpty() ? boards.stream().map(Board::chip).toList() : chips) {
            Board board = boards.stream()
                    .filter(one -> one.chip().equalsIgnoreCase(chip))
                    .findFirst()
                    .orElseThrow(() -> new VmException("The software GPU cannot be a " + chip + "; it can be "
                            + boards.stream().map(Board::chip).collect(Collectors.joining(" or ")) + "."));
            for (String kind : kinds.isEmpty() ? List.of(VGPU, PF) : kinds) {
                targets.add(
                        switch (kind.toLowerCase(Locale.ROOT)) {
                            case VGPU -> new ProbeTarget(board, VGPU, usualType(types, board));
                            case PF -> new ProbeTarget(board, PF, board.product());
                            default ->
                                throw new VmException(
                                        "--on " + kind + " is not known; there are vgpu and pf, a whole GPU.");
                        });
            }
        }
        return targets;
    }

    /** A middle-sized one. */
    private static String usualType(TypeCatalogue types, Board board) throws VmException {
        List<VgpuType> own = types.types().stream()
                .filter(type -> type.board().equals(board.name()))
                .toList();
        return own.stream()
                .filter(type -> type.name().endsWith("Q") && type.profileSizeBytes() == USUAL_BYTES)
                .findFirst()
                .or(() -> own.stream().findFirst())
                .map(VgpuType::name)
                .orElseThrow(() -> new VmException("There is no vGPU type for the board " + board.name() + "."));
    }

    /** Makes the GPU. */
    Served serve(CleanUp cleanUp) throws IOException {
        LamellaHost host = cleanUp.add(LamellaHost.builder().gpus(0).start());
        GpuSettings settings = GpuSettings.of("gpu0", new PciAddress(0, 1, 0, 0), board);
        if (kind.equals(PF)) {
            PassthroughGpu whole = (PassthroughGpu) host.addGpu(settings, GpuUse.PASSTHROUGH);
            return new Served(whole.socket(), whole.board(), 0);
        }
        HostGpu cut = host.addGpu(settings);
        VfioVgpu vgpu = cut.create(VgpuSpec.of(type));
        return new Served(vgpu.socket(), cut.board(), vgpu.vgpu().function().index() + 1);
    }
}
