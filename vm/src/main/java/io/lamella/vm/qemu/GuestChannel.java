// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shell commands in the guest, over its second serial port. The other side is the guest's init script; one command
 * runs at a time.
 */
public final class GuestChannel implements AutoCloseable {
    private static final int MAX_LINE_BYTES = 16 << 10;
    private static final int MAX_LINES = 50_000;
    private static final int MAX_COMMAND = 900;

    /**
     * What a command printed.
     *
     * @param exitCode its exit code
     * @param lines its output and errors
     */
    public record Output(int exitCode, List<String> lines) {}

    private final LineSocket socket;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private int nextId = 1;
    private volatile @Nullable Pending pending;

    private static final class Pending {
        final int id;
        final List<String> lines = new ArrayList<>();
        final CompletableFuture<Output> done = new CompletableFuture<>();

        Pending(int id) {
            this.id = id;
        }
    }

    private GuestChannel(LineSocket socket) {
        this.socket = socket;
    }

    static GuestChannel connect(Path path, Duration timeout, BooleanSupplier alive) throws IOException {
        GuestChannel channel = new GuestChannel(LineSocket.connect(path, MAX_LINE_BYTES, timeout, alive));
        channel.socket.read("guest-channel", channel::onLine, channel::onEnd);
        return channel;
    }

    /**
     * Waits until the guest takes commands.
     *
     * @return the kernel release that it runs
     */
    public String awaitReady(Duration timeout) throws IOException {
        return await(ready, timeout, "The guest was not ready");
    }

    /**
     * Runs a shell command in the guest and waits for its end.
     *
     * @param command one line of at most 900 characters
     * @throws VmException when the guest does not finish it in time, or has gone
     */
    public Output run(String command, Duration timeout) throws IOException {
        if (command.length() > MAX_COMMAND || command.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a guest command is one line of at most " + MAX_COMMAND + " characters");
        }
        oneAtATime.lock();
        try {
            Pending mine = new Pending(nextId++);
            pending = mine;
            if (ready.isCompletedExceptionally()) {
                throw new VmException("The guest has gone, so '" + command + "' cannot run in it.");
            }
            socket.write(mine.id + " " + command);
            return await(mine.done, timeout, "The guest did not finish '" + command + "'");
        } finally {
            pending = null;
            oneAtATime.unlock();
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    private void onLine(String line) {
        if (!ready.isDone()) {
            if (line.startsWith("ready ")) {
                ready.complete(line.substring(6));
            }
            return;
        }
        Pending current = pending;
        if (current == null) {
            return;
        }
        String prefix = Integer.toString(current.id);
        if (line.startsWith(prefix + "|")) {
            if (current.lines.size() < MAX_LINES) {
                current.lines.add(line.substring(prefix.length() + 1));
            }
        } else if (line.matches(prefix + "\\.\\d{1,3}")) {
            int exitCode = Integer.parseInt(line.substring(prefix.length() + 1));
            current.done.complete(new Output(exitCode, List.copyOf(current.lines)));
        }
    }

    private void onEnd() {
        VmException gone = new VmException("the guest closed its command port");
        if (!ready.completeExceptionally(gone)) {
            ready.obtrudeException(gone);
        }
        Pending current = pending;
        if (current != null) {
            current.done.completeExceptionally(gone);
        }
    }

    private static <T> T await(CompletableFuture<T> future, Duration timeout, String what) throws IOException {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new VmException(what + " within " + timeout.toSeconds() + " s.", e);
        } catch (ExecutionException e) {
            throw new VmException(what + " before the machine ended.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmException(what + " before we were interrupted.", e);
        }
    }
}
