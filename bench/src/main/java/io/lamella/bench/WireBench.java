// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import io.lamella.bench.Measure.Yardstick;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code lamella bench wire}: how fast the vfio-user server is, beside a server that does nothing but receive and send.
 *
 * <p>The example device and the floor are processes of their own, and one C client drives both, so a ratio compares servers and nothing
 * else. Client and server share one CPU first, then have one each. Rounds of the two alternate; what is shown is the median of the rounds.
 */
public final class WireBench {
    /** How many rounds make a median. */
    private static final int ROUNDS = 5;

    /** On a busy machine there are fewer, so that the whole of it stays near a minute; never fewer than three. */
    private static final long ROUNDS_NANOS = 15_000_000_000L;

    private static final int FEWEST_ROUNDS = 3;
    private static final int WARM_UPS = 3;
    private static final int WARM_UP_ATTACHES = 1500;
    private static final int ATTACHES = 100;

    private final PrintStream progress;

    /** The figures of one placement of client and server. */
    record Layout(String name, int clientCpu, int serverCpu, List<Line> lines) {}

    /** A measure and what it gave. */
    record Line(Measure measure, Figures figures) {}

    private WireBench(PrintStream progress) {
        this.progress = progress;
    }

    /**
     * Measures and prints.
     *
     * @param json whether the result is one JSON object instead of a table
     * @param out for the result
     * @param progress for what is being done
     * @return the exit code: 0 if it was measured, whether or not limits are met
     */
    public static int run(boolean json, PrintStream out, PrintStream progress) {
        long start = System.nanoTime();
        try {
            // A table appears part by part, as soon as it is known.
            Consumer<Layout> show = layout -> out.print(WireReport.table(layout));
            if (!json) {
                out.print(WireReport.head());
            }
            List<Layout> layouts = new WireBench(progress).measure(json ? layout -> {} : show);
            double seconds = (System.nanoTime() - start) / 1e9;
            out.print(json ? WireReport.json(layouts, seconds) : WireReport.foot(seconds));
            return 0;
        } catch (BenchException e) {
            progress.println(e.getMessage());
            return 1;
        }
    }

    /** The entry point without the command line tool: {@code -o json} is the only option. */
    public static void main(String[] args) {
        boolean json = args.length == 2 && args[0].equals("-o") && args[1].equals("json");
        if (args.length != 0 && !json) {
            System.err.println("usage: bench wire [-o json]");
            System.exit(2);
        }
        System.exit(run(json, System.out, System.err));
    }

    private List<Layout> measure(Consumer<Layout> done) {
        progress.println("Compiling the floor and the client, if need be.");
        CPrograms programs = CPrograms.compile();
        List<Integer> cpus = Cpus.allowed();
        List<Layout> layouts = new ArrayList<>();
        layouts.add(layout("one CPU", programs, cpus.get(0), cpus.get(0)));
        done.accept(layouts.getLast());
        if (cpus.size() > 1) {
            layouts.add(layout("two CPUs", programs, cpus.get(0), cpus.get(1)));
            done.accept(layouts.getLast());
        } else {
            progress.println("Only one CPU may be used here, so there are no figures for two.");
        }
        return layouts;
    }

    private Layout layout(String name, CPrograms programs, int clientCpu, int serverCpu) {
        Path folder = temporaryFolder();
        Path floorSocket = folder.resolve("floor");
        Path deviceSocket = folder.resolve("device");
        String serverCpuText = Integer.toString(serverCpu);
        try (Child floor = new Child(
                        "floor", List.of(programs.floor().toString(), floorSocket.toString(), serverCpuText));
                Child device =
                        new Child("device server", BenchServer.command(programs.floor(), serverCpu, deviceSocket));
                Child probe = new Child(
                        "client", List.of(programs.probe().toString(), Integer.toString(clientCpu), serverCpuText))) {
            floor.awaitReady();
            device.awaitReady();
            progress.println(name + ": warming up.");
            Session session = new Session(floorSocket, deviceSocket, probe);
            session.warmUp();
            List<Line> lines = new ArrayList<>();
            for (Measure measure : Measure.all()) {
                lines.add(new Line(measure, new Figures(ROUNDS)));
            }
            Line attach = new Line(Measure.ATTACH, new Figures(ROUNDS));
            List<Line> allocations = new ArrayList<>();
            for (Measure measure : Measure.ALLOCATIONS) {
                allocations.add(new Line(measure, new Figures(ROUNDS)));
            }
            long start = System.nanoTime();
            for (int round = 1; round <= ROUNDS; round++) {
                if (round > FEWEST_ROUNDS && System.nanoTime() - start > ROUNDS_NANOS) {
                    progress.println(name + ": the machine is slow or busy, so " + (round - 1) + " rounds have to do.");
                    break;
                }
                progress.println(name + ": round " + round + " of " + ROUNDS + ".");
                for (Line line : lines) {
                    session.measure(line);
                }
                for (Line line : allocations) {
                    session.measureAllocation(line, device);
                }
                double[] answer = probe.ask("attach " + deviceSocket + " " + ATTACHES);
                attach.figures.add(answer[0] / 1000, answer[1] / 1000, Double.NaN);
                session.forgetConnection();
            }
            lines.add(attach);
            lines.addAll(allocations);
            return new Layout(name, clientCpu, serverCpu, lines);
        } finally {
            delete(floorSocket);
            delete(deviceSocket);
            delete(folder);
        }
    }

    /** One client process and what it is connected to. */
    private static final class Session {
        private final Path floorSocket;
        private final Path deviceSocket;
        private final Child probe;
        private @Nullable Object connectedTo;

        Session(Path floorSocket, Path deviceSocket, Child probe) {
            this.floorSocket = floorSocket;
            this.deviceSocket = deviceSocket;
            this.probe = probe;
        }

        /** Lets the server's compiler do its work before anything counts. */
        void warmUp() {
            for (int i = 0; i < WARM_UP_ATTACHES / ATTACHES; i++) {
                probe.ask("attach " + deviceSocket + " " + ATTACHES);
            }
            openDevice();
            for (int i = 0; i < WARM_UPS; i++) {
                for (String line : List.of("read 4 15000", "write 4 15000", "posted 60000", "pipelined 32 32000")) {
                    probe.ask(line);
                }
                for (Measure measure : Measure.all()) {
                    if (measure.bytes() > 4 || measure.yardstick() instanceof Yardstick.None) {
                        probe.ask(measure.ask());
                    }
                }
            }
        }

        void measure(Line line) {
            Measure measure = line.measure;
            double yardstick = Double.NaN;
            switch (measure.yardstick()) {
                case Yardstick.Floor floor -> {
                    openFloor(floor);
                    yardstick = measure.unit().of(probe.ask(measure.ask())[measure.answer()], measure.bytes());
                    openDevice();
                }
                case Yardstick.Copy copy -> {
                    openDevice();
                    yardstick = measure.unit().of(probe.ask(copy.ask())[0], measure.bytes());
                }
                case Yardstick.None ignored -> openDevice();
            }
            double[] answer = probe.ask(measure.ask());
            line.figures.add(
                    measure.unit().of(answer[measure.answer()], measure.bytes()),
                    measure.spread() < 0 ? Double.NaN : measure.unit().of(answer[measure.spread()], measure.bytes()),
                    yardstick);
        }

        /** Bytes of heap that the server's threads took for a message. */
        void measureAllocation(Line line, Child server) {
            openDevice();
            probe.ask(line.measure.ask());
            double before = server.ask("allocated")[0];
            double after = server.ask("allocated")[0];
            double ownCost = after - before;
            probe.ask(line.measure.ask());
            double taken = server.ask("allocated")[0] - after - ownCost;
            String[] words = line.measure.ask().split(" ", -1);
            line.figures.add(Math.max(0, taken) / Integer.parseInt(words[words.length - 1]), Double.NaN, Double.NaN);
        }

        void forgetConnection() {
            connectedTo = null;
        }

        private void openDevice() {
            if (!deviceSocket.equals(connectedTo)) {
                probe.ask("open " + deviceSocket);
                connectedTo = deviceSocket;
            }
        }

        private void openFloor(Yardstick.Floor shape) {
            probe.ask("shape " + floorSocket + " " + shape.requestBytes() + " " + shape.replyBytes());
            connectedTo = shape;
        }
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("lamella-bench");
        } catch (IOException e) {
            throw new BenchException("Cannot make a folder for the sockets: " + e.getMessage());
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new BenchException("Cannot delete " + path + ": " + e.getMessage());
        }
    }
}
