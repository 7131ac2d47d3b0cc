// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.core.GpuDescription;
import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.host.SchedulerSettings;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuInfo;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The host's half of the story: a GPU, its firmware, its virtual functions, vGPUs and their sockets. */
final class DemoHost implements AutoCloseable {
    private final LamellaHost host;
    private final List<TraceOutput> traces = new ArrayList<>();
    private int created;

    private DemoHost(LamellaHost host) {
        this.host = host;
    }

    /** Starts the software GPU and boots its GSP. */
    static DemoHost start(Story story, CleanUp cleanUp, DemoOptions options) throws IOException {
        DemoHost started = story.tell("GPU", stage -> {
            stage.doing("booting the GSP of the software GPU");
            SchedulerSettings scheduler = options.scheduler.settings();
            LamellaHost host = LamellaHost.builder()
                    .board(options.board())
                    .firmwareReleases(options.hostFirmware)
                    .scheduler(scheduler)
                    .core(options.core.choice)
                    .start();
            DemoHost demo = cleanUp.add(new DemoHost(host));
            GpuDescription gpu = demo.gpu().core().description();
            stage.say(gpu.name() + " (" + gpu.chip() + "), " + gibibytes(gpu.fbSizeBytes()) + ", in software")
                    .say("GSP booted, firmware " + gpu.firmwareRelease())
                    .say("core: " + options.core.choice)
                    .say("scheduler: " + scheduler.describe())
                    .fact("product", gpu.name())
                    .fact("chip", gpu.chip())
                    .fact("fbBytes", gpu.fbSizeBytes())
                    .fact("firmwareRelease", gpu.firmwareRelease())
                    .fact("core", options.core.choice.toString())
                    .fact("scheduler", scheduler.policy().label());
            return demo;
        });
        return started;
    }

    /** Creates a vGPU; enables virtual functions on the way when none is. */
    VfioVgpu createVgpu(Story story, String label, DemoOptions options) throws IOException {
        return createVgpu(story, label, options.type(), options);
    }

    /** The same with a type of its own. */
    VfioVgpu createVgpu(Story story, String label, String type, DemoOptions options) throws IOException {
        return story.tell(label, stage -> {
            stage.doing("creating " + type);
            VfioVgpu vgpu = options.traceOptions.record == null
                    ? host.create(VgpuSpec.of(type))
                    : gpu().create(VgpuSpec.of(type), numbered(options.traceOptions.record));
            watch(vgpu, options);
            created++;
            VgpuInfo info = vgpu.vgpu().info();
            stage.say(info.type().describe())
                    .say(info.uuid() + ", VF " + info.function().index() + " of "
                            + gpu().manager().enabledVirtualFunctions() + " enabled")
                    .say(vgpu.socket().toString())
                    .fact("type", info.type().name())
                    .fact("uuid", info.uuid().toString())
                    .fact("vf", info.function().index())
                    .fact("enabledVfs", gpu().manager().enabledVirtualFunctions())
                    .fact("fbBytes", info.fbBytes())
                    .fact("socket", vgpu.socket().toString());
            return vgpu;
        });
    }

    /** Begins to write the vGPU's trace where one is wanted. */
    private void watch(VfioVgpu vgpu, DemoOptions options) throws IOException {
        if (options.trace != null) {
            PrintStream to = TraceCommand.to(numbered(options.trace));
            OutputFormat format = options.trace.toString().endsWith(".json") ? OutputFormat.json : OutputFormat.text;
            for (HostGpu gpu : host.gpus()) {
                if (gpu.served(vgpu.vgpu().uuid()).isPresent()) {
                    traces.add(new TraceOutput(
                            gpu.subscribe(vgpu.vgpu().uuid(), options.traceOptions.filter()),
                            TraceCommand.printer(to, format, false),
                            () -> TraceCommand.finish(to)));
                }
            }
        }
    }

    /** The first vGPU's file is called as it was said; the others have their number behind that. */
    private Path numbered(Path file) {
        return created == 0 || file.toString().equals("-") ? file : Path.of(file + "." + (created + 1));
    }

    HostGpu gpu() {
        return host.gpus().getFirst();
    }

    /** The host's directory for sockets, gone after {@link #close}. */
    Path runtimeDirectory() {
        return host.runtimeDirectory();
    }

    /**
     * The firmware files that a guest finds below /lib/firmware: the synthetic ones, or those of the folder that was named.
     *
     * @throws VmException if the folder has none of them
     */
    static Map<String, byte[]> guestFirmware(DemoOptions options) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        for (String release : DemoOptions.GUEST_FIRMWARE) {
            files.putAll(SyntheticFirmware.files(release));
        }
        if (options.firmwareFolder == null) {
            return files;
        }
        Map<String, byte[]> own = new HashMap<>();
        for (String name : files.keySet()) {
            Path file = options.firmwareFolder.resolve(name);
            if (Files.isRegularFile(file)) {
                own.put(name, Files.readAllBytes(file));
            }
        }
        if (own.isEmpty()) {
            throw new VmException(
                    "The folder " + options.firmwareFolder + " has none of the files that the driver asks for, such as "
                            + files.keySet().stream().sorted().findFirst().orElseThrow() + ".");
        }
        return own;
    }

    private static String gibibytes(long bytes) {
        return String.format(Locale.ROOT, "%d GiB", bytes >> 30);
    }

    @Override
    public void close() {
        host.close();
        traces.forEach(TraceOutput::close);
        traces.clear();
    }
}
