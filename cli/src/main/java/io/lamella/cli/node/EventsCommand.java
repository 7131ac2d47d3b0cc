// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.ExitCode;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.client.EventStream;
import io.lamella.daemon.http.Json;
import io.lamella.host.node.EventPage;
import io.lamella.host.node.NodeEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code lamella events}. */
@Command(
        name = "events",
        mixinStandardHelpOptions = true,
        description = "Show what happened to GPUs and vGPUs: the newest events that are kept, or all from now on.")
public final class EventsCommand extends NodeCommand {
    private static final int PAGE = 1000;
    private static final JsonMapper LINES = JsonMapper.builder().build();

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what happens, until Ctrl-C.")
    private boolean follow;

    @Option(names = "--since", paramLabel = "ID", description = "Only those after this one.")
    private long since;

    @Option(names = "-n", paramLabel = "COUNT", description = "At most so many of the newest (default: 50).")
    private int count = 50;

    @Option(names = "--gpu", paramLabel = "GPU", description = "Only this GPU's.")
    private @Nullable String gpu;

    @Option(names = "--vgpu", paramLabel = "VGPU", description = "Only this vGPU's.")
    private @Nullable String vgpu;

    @Option(names = "-o", paramLabel = "FORMAT", description = "table, or json for a document on each line.")
    private ListFormat format = ListFormat.table;

    @Override
    int run(DaemonClient daemon) {
        String uuid = vgpu == null ? null : Names.uuid(daemon, vgpu);
        long last = printKept(daemon, uuid);
        if (!follow) {
            return ExitCode.OK;
        }
        Map<String, String> filter = new LinkedHashMap<>();
        if (uuid != null) {
            filter.put("vgpu", uuid);
        }
        if (gpu != null) {
            filter.put("gpu", gpu);
        }
        out().flush();
        try (EventStream stream = daemon.watch(OptionalLong.of(last), filter)) {
            for (EventStream.Item item = stream.next(); item != null; item = stream.next()) {
                if (item.isGap()) {
                    err().println("lamella: some events are no longer kept and are not shown.");
                    err().flush();
                } else if (item.id() >= 0) {
                    print(item.event());
                    out().flush();
                }
            }
        }
        err().println("lamella: the daemon stopped.");
        return ExitCode.UNAVAILABLE;
    }

    private long printKept(DaemonClient daemon, @Nullable String uuid) {
        EventPage first = daemon.events(since, 1);
        long from = Math.max(since, first.newestId() - Math.max(0, count) * (uuid == null && gpu == null ? 1L : 20L));
        java.util.ArrayDeque<NodeEvent> kept = new java.util.ArrayDeque<>();
        long last = from;
        while (true) {
            EventPage page = daemon.events(last, PAGE);
            for (NodeEvent event : page.events()) {
                if ((uuid == null || uuid.equals(event.vgpu())) && (gpu == null || gpu.equals(event.gpu()))) {
                    kept.add(event);
                    if (kept.size() > count) {
                        kept.remove();
                    }
                }
            }
            if (page.events().isEmpty() || page.nextSince() <= last) {
                break;
            }
            last = page.nextSince();
        }
        kept.forEach(this::print);
        return last;
    }

    private void print(NodeEvent event) {
        if (format == ListFormat.json || format == ListFormat.yaml) {
            out().println(LINES.writeValueAsString(Json.tree(event)));
            return;
        }
        String time = event.time().length() > 19 ? event.time().substring(11, 19) : event.time();
        String about = event.vgpuName() != null ? event.vgpuName() : Rows.text(event.gpu());
        String sentence = event.sentence();
        if (event.vgpu() != null && sentence.startsWith("vGPU " + event.vgpu())) {
            // The column beside it says which.
            sentence = sentence.substring(sentence.indexOf(": ") + 2);
        }
        out().println("%6d  %s  %-10s  %s".formatted(event.id(), time, about, sentence));
    }
}
