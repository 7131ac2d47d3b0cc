// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.Cache;
import io.lamella.vm.ChildProcesses;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A running machine: one QEMU process, its console, its control connection and the guest's command port. */
public final class VirtualMachine implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration QUIT_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_ERROR_CHARACTERS = 4000;

    private final MachineSpec spec;
    private final Path sockets;
    private final Path errors;
    private final Console console;
    private final CompletableFuture<Process> started = new CompletableFuture<>();
    private final CompletableFuture<VmExit> exit = new CompletableFuture<>();
    private volatile boolean stopping;
    private @Nullable Qmp qmp;
    private @Nullable GuestChannel channel;

    private VirtualMachine(MachineSpec spec, Path logFolder, Path sockets, Consumer<ConsoleLine> listener) {
        this.spec = spec;
        this.sockets = sockets;
        this.errors = logFolder.resolve(spec.name() + ".qemu.log");
        this.console = new Console(logFolder.resolve(spec.name() + ".console.log"), System.nanoTime(), listener);
    }

    /**
     * Starts a machine.
     *
     * @param logFolder where the console's log and QEMU's own words are kept; it is created when missing
     * @param listener takes each console line as it comes, on the machine's own thread; it must not block
     * @throws VmException when QEMU does not come up, with what it said
     */
    public static VirtualMachine start(MachineSpec spec, Path logFolder, Consumer<ConsoleLine> listener)
            throws IOException {
        Files.createDirectories(logFolder);
        VirtualMachine machine = new VirtualMachine(spec, logFolder, SocketFolders.create(), listener);
        Thread.ofPlatform().daemon().name("vm-" + spec.name()).start(machine::own);
        try {
            machine.attach();
            return machine;
        } catch (IOException e) {
            machine.close();
            VmExit end = machine.exit.getNow(null);
            throw end == null ? e : new VmException(end.reason(), e);
        }
    }

    /** The owning thread's whole life: see the package's description for why it must outlive the process. */
    private void own() {
        int code = -1;
        String failure = "";
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(CommandLine.of(spec, sockets, console.log())).redirectError(errors.toFile());
            if (spec.interactive()) {
                builder.redirectInput(ProcessBuilder.Redirect.INHERIT).redirectOutput(ProcessBuilder.Redirect.INHERIT);
            }
            builder.environment().putAll(spec.qemu().environment());
            Process process = ChildProcesses.adopt(builder.start(), sockets);
            started.complete(process);
            if (stopping) {
                process.destroyForcibly();
            }
            if (!spec.interactive()) {
                console.follow(process.getInputStream());
            }
            code = process.waitFor();
        } catch (IOException | RuntimeException e) {
            failure = String.valueOf(e.getMessage());
            killProcess();
        } catch (InterruptedException e) {
            // Nobody interrupts this thread but a JVM that goes down; the process goes with it.
            killProcess();
            Thread.currentThread().interrupt();
        } finally {
            started.completeExceptionally(new VmException("QEMU could not be started: " + failure));
            exit.complete(describe(code, failure));
            try {
                Cache.deleteTree(sockets);
            } catch (IOException e) {
                System.getLogger(VirtualMachine.class.getName())
                        .log(System.Logger.Level.WARNING, "could not remove " + sockets, e);
            }
        }
    }

    private void attach() throws IOException {
        qmp = Qmp.connect(sockets.resolve("qmp"), CONNECT_TIMEOUT, () -> !exit.isDone());
        if (spec.takesCommands()) {
            channel = GuestChannel.connect(sockets.resolve("commands"), CONNECT_TIMEOUT, () -> !exit.isDone());
        }
    }

    private VmExit describe(int code, String failure) {
        Path log = console.log();
        if (!failure.isEmpty()) {
            return new VmExit(VmExit.Kind.FAILED, code, "QEMU could not be run: " + failure, log);
        }
        if (stopping) {
            return new VmExit(VmExit.Kind.STOPPED, code, "The machine was stopped by the host.", log);
        }
        Optional<ConsoleLine> panic = console.lines().stream()
                .filter(line -> line.text().contains("Kernel panic"))
                .findFirst();
        if (panic.isPresent()) {
            return new VmExit(
                    VmExit.Kind.PANICKED,
                    code,
                    "The guest's kernel gave up: " + panic.get().text(),
                    log);
        }
        if (code == 0) {
            return new VmExit(VmExit.Kind.POWERED_OFF, code, "The guest switched itself off.", log);
        }
        String said = qemuSaid();
        String reason = QemuWords.explain(said) + "QEMU ended with code " + code + ". It said: " + said;
        return new VmExit(VmExit.Kind.FAILED, code, reason, log);
    }

    /** The end of what QEMU itself wrote. */
    public String qemuSaid() {
        try {
            byte[] all = Files.exists(errors) ? Files.readAllBytes(errors) : new byte[0];
            String text = new String(all, StandardCharsets.UTF_8).strip();
            return text.length() <= MAX_ERROR_CHARACTERS
                    ? text
                    : "..." + text.substring(text.length() - MAX_ERROR_CHARACTERS);
        } catch (IOException e) {
            return "(" + errors + " cannot be read: " + e.getMessage() + ")";
        }
    }

    /** What it is made of. */
    public MachineSpec spec() {
        return spec;
    }

    /** The guest's console. */
    public Console console() {
        return console;
    }

    /** QEMU's control connection. */
    public Qmp qmp() {
        Qmp open = qmp;
        if (open == null) {
            throw new IllegalStateException("the machine is not attached");
        }
        return open;
    }

    /** The guest's command port; only a machine that {@link MachineSpec#takesCommands} has one. */
    public GuestChannel channel() {
        GuestChannel open = channel;
        if (open == null) {
            throw new IllegalStateException("this machine has no command port");
        }
        return open;
    }

    /** QEMU's process id. */
    public long pid() {
        return started.join().pid();
    }

    /**
     * Waits until the guest takes commands.
     *
     * @return the kernel release that it runs
     * @throws VmException when it does not within the timeout, with the last line that it printed
     */
    public String awaitReady(Duration timeout) throws IOException {
        try {
            return channel().awaitReady(timeout);
        } catch (VmException e) {
            List<ConsoleLine> lines = console.lines();
            String last = lines.isEmpty() ? "nothing" : "'" + lines.getLast().text() + "'";
            throw new VmException(
                    e.getMessage() + " The last it printed was " + last + "; all of it is in " + console.log() + ".",
                    e);
        }
    }

    /** Whether QEMU still runs. */
    public boolean running() {
        return !exit.isDone();
    }

    /** Completes when QEMU has ended. */
    public CompletableFuture<VmExit> exit() {
        return exit.copy();
    }

    /** Asks the guest to switch itself off, and stops the machine when it does not do so in time. */
    public VmExit powerOff(Duration timeout) throws IOException {
        if (running() && channel != null) {
            try {
                channel.run("sync; poweroff -f", timeout);
            } catch (VmException e) {
                // The port closes with the machine: no answer is the expected answer.
                return awaitExit(timeout).orElseGet(this::kill);
            }
        }
        return awaitExit(timeout).orElseGet(this::kill);
    }

    /** Waits for the end; empty when the time is up. */
    public Optional<VmExit> awaitExit(Duration timeout) {
        try {
            return Optional.of(exit.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("exit is never completed with an error", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Kills QEMU at once, as a crash would, and waits for its end. */
    public VmExit kill() {
        stopping = true;
        killProcess();
        return awaitExit(QUIT_TIMEOUT)
                .orElseGet(() ->
                        new VmExit(VmExit.Kind.STOPPED, -1, "QEMU was killed but has not ended yet.", console.log()));
    }

    private void killProcess() {
        if (started.isDone() && !started.isCompletedExceptionally()) {
            started.join().destroyForcibly();
        }
    }

    /** Stops the machine if it still runs: politely first, so that its devices see an orderly end. */
    @Override
    public void close() {
        Qmp control = qmp;
        if (running() && control != null) {
            stopping = true;
            try {
                control.execute("quit", QUIT_TIMEOUT);
            } catch (IOException e) {
                killProcess();
            }
        }
        if (awaitExit(QUIT_TIMEOUT).isEmpty()) {
            kill();
        }
        for (AutoCloseable connection : java.util.Arrays.asList(control, channel)) {
            closeQuietly(connection);
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable connection) {
        if (connection instanceof Qmp open) {
            open.close();
        } else if (connection instanceof GuestChannel open) {
            open.close();
        }
    }

    /** The lines of the guest's kernel log since the last call. */
    public List<String> takeKernelLog(Duration timeout) throws IOException {
        return channel().run("dmesg -c", timeout).lines();
    }

    /** The same with each line's level in front ({@code <4>} is a warning). */
    public List<String> takeKernelLogWithLevels(Duration timeout) throws IOException {
        return channel().run("dmesg -r -c", timeout).lines();
    }
}
