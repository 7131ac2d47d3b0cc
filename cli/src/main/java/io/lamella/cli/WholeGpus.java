// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.core.PciAddress;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.GpuSettings;
import io.lamella.host.GpuUse;
import io.lamella.host.LamellaHost;
import io.lamella.host.PassthroughGpu;
import io.lamella.host.node.GpuView;
import io.lamella.vgpu.type.Board;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** GPUs that a VM gets whole: those of a daemon, by name or number, or software GPUs of the command's own. */
final class WholeGpus {
    private static final Pattern OWN = Pattern.compile("(gpu)?([0-9]{1,2})");

    private WholeGpus() {}

    /** Where a VM attaches to a daemon's GPU. @throws VmException if there is no daemon, no such GPU, or it is not for passthrough */
    static Path socketOf(String gpu, Path daemon) throws VmException {
        GpuView view;
        try (DaemonClient client = DaemonClient.connect(daemon)) {
            view = find(client.gpus(), gpu);
        } catch (UncheckedIOException e) {
            throw new VmException(Lamella.sentence(e) + " (A whole GPU is one of the daemon's.)");
        }
        String socket = view.socket();
        if (view.use() != GpuUse.PASSTHROUGH || socket == null) {
            throw new VmException("GPU " + view.name() + " is for " + view.use().text()
                    + ", not for a VM as a whole. Give it to one first: lamella gpu mode " + view.name()
                    + " passthrough");
        }
        if (!view.heldBy().isEmpty()) {
            throw new VmException("GPU " + view.name() + " is held by " + String.join(", ", view.heldBy())
                    + ". Switch that VM off first.");
        }
        return Path.of(socket);
    }

    /** By name, or by number in the daemon's order. */
    private static GpuView find(List<GpuView> gpus, String wanted) throws VmException {
        for (int i = 0; i < gpus.size(); i++) {
            if (gpus.get(i).name().equals(wanted) || wanted.equals(Integer.toString(i))) {
                return gpus.get(i);
            }
        }
        throw new VmException("The daemon has no GPU " + wanted + "; it has "
                + String.join(", ", gpus.stream().map(GpuView::name).toList()) + ".");
    }

    /** Whether there is a daemon whose GPUs are meant. */
    static boolean hasDaemon(Path daemon) {
        return Files.exists(daemon);
    }

    /** The names of software GPUs of the command's own. @throws VmException if one is no number, or is said twice */
    static List<String> ownNames(List<String> wanted, Path daemon) throws VmException {
        List<String> names = new ArrayList<>();
        for (String one : wanted) {
            var matcher = OWN.matcher(one);
            if (!matcher.matches()) {
                throw new VmException("There is no daemon at " + daemon + " that could have a GPU " + one
                        + ". Without one, --gpu 0 gives the VM a software GPU of this command's own.");
            }
            String name = "gpu" + Integer.parseInt(matcher.group(2));
            if (names.contains(name)) {
                throw new VmException("--gpu " + one + " is said twice.");
            }
            names.add(name);
        }
        return names;
    }

    /** Makes a host with software GPUs that nothing on it drives. */
    static List<PassthroughGpu> start(Story story, CleanUp cleanUp, List<String> names, Board board)
            throws IOException {
        LamellaHost host = cleanUp.add(LamellaHost.builder().gpus(0).start());
        List<PassthroughGpu> gpus = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            GpuSettings settings = GpuSettings.of(names.get(i), new PciAddress(0, 1 + i, 0, 0), board);
            gpus.add(story.tell("GPU", stage -> {
                PassthroughGpu gpu = (PassthroughGpu) host.addGpu(settings, GpuUse.PASSTHROUGH);
                stage.say(board.product() + " (" + board.chip() + "), "
                                + (gpu.board().frameBuffer().sizeBytes() >> 30) + " GiB, in software, whole")
                        .say("nothing on the host drives it")
                        .say(gpu.socket().toString())
                        .fact("product", board.product())
                        .fact("chip", board.chip())
                        .fact("socket", gpu.socket().toString());
                return gpu;
            }));
        }
        return gpus;
    }
}
