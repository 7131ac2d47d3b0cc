// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A process that is there to be killed: a node with its state in a directory, and threads that define, create, update, stop and delete vGPUs. Every
 * request is printed before it is made and when it is confirmed; before that, what the node found when it started.
 */
final class LoadedNode {
    static final String TYPE = "L40-2Q";
    private static final int THREADS = 3;
    private static final int NAMES_EACH = 4;

    private LoadedNode() {}

    public static void main(String[] args) throws InterruptedException, IOException {
        // Unbuffered, so that what is printed is out before anything else is done.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        // Not to stay behind if the test is stopped.
        ProcessHandle test = ProcessHandle.current().parent().orElseThrow();
        Thread.ofVirtual().start(() -> {
            test.onExit().join();
            Runtime.getRuntime().halt(1);
        });
        Path state = Path.of(args[0]);
        long seed = Long.parseLong(args[1]);
        Node node = Node.open(NodeConfiguration.of(GpuConfiguration.of("gpu0"), GpuConfiguration.of("gpu1"))
                .withStateDirectory(state)
                .withRuntimeDirectory(Path.of(args[2])));
        node.view().storeReports().forEach(report -> out.println("REPORT " + report));
        for (VgpuView vgpu : node.vgpus()) {
            out.println("FOUND " + vgpu.name() + " " + vgpu.uuid() + " "
                    + vgpu.definition().parameters() + " " + vgpu.definition().autostart() + " "
                    + vgpu.status().phase() + " " + vgpu.status().fbSizeBytes());
        }
        for (GpuView gpu : node.gpus()) {
            FrameBufferView fb = gpu.fb();
            if (fb != null) {
                out.println("GPU " + gpu.name() + " " + gpu.vgpuCount() + " " + (fb.usableBytes() - fb.freeBytes()));
            }
        }
        try (Stream<Path> sockets = Files.list(Path.of(args[2]))) {
            sockets.forEach(socket -> out.println("SOCKET " + socket.getFileName()));
        }
        out.println("READY");
        if (args.length > 3) {
            node.close();
            return;
        }
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            Thread.ofPlatform().start(() -> load(node, out, thread, new Random(seed * 31 + thread)));
        }
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void load(Node node, PrintStream out, int thread, Random random) {
        while (true) {
            String name = "t" + thread + "-" + random.nextInt(NAMES_EACH);
            int weight = 1 + random.nextInt(1000);
            boolean autostart = random.nextInt(4) > 0;
            VgpuDefinition wanted = VgpuDefinition.of(TYPE)
                    .withName(name)
                    .withParameters(Map.of("weight", Integer.toString(weight)))
                    .withAutostart(autostart);
            String what = switch (random.nextInt(6)) {
                case 0 -> "define";
                case 1, 2 -> "create";
                case 3 -> "update";
                case 4 -> "delete";
                default -> random.nextBoolean() ? "start" : "stop";
            };
            out.println("TRY " + what + " " + name + " " + wanted.parameters() + " " + autostart);
            try {
                switch (what) {
                    case "define" -> node.define(wanted);
                    case "create" -> node.create(wanted);
                    case "update" -> node.update(name, wanted, Node.ANY_REVISION);
                    case "start" -> node.start(name, Node.ANY_REVISION);
                    case "stop" -> node.stop(name, Node.ANY_REVISION);
                    default -> node.delete(name, Node.ANY_REVISION);
                }
                out.println("DONE " + what + " " + name);
            } catch (NodeException e) {
                out.println("REFUSED " + what + " " + name + " " + e.code().text());
            }
        }
    }
}
