// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.VmException;
import io.lamella.vm.qemu.GuestChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A load that runs in the background of a guest while other commands are given. */
public final class GuestLoad {
    private static final Duration COMMAND = Duration.ofMinutes(1);
    private static final long LOOK_MILLIS = 50;

    private final GuestChannel channel;
    private final String file;

    private GuestLoad(GuestChannel channel, String file) {
        this.channel = channel;
        this.file = file;
    }

    /**
     * Starts one; it is under way some time later.
     *
     * @param name its own in this guest: letters and digits
     */
    public static GuestLoad start(GuestChannel channel, String name, GuestCheck.Load load, long seed)
            throws IOException {
        if (!name.matches("[a-zA-Z0-9]{1,32}")) {
            throw new IllegalArgumentException("A load's name is 1 to 32 letters and digits, not '" + name + "'.");
        }
        GuestLoad started = new GuestLoad(channel, "/tmp/load-" + name);
        started.run("mkdir -p /tmp; " + load.command(seed) + " > " + started.file + " 2>&1 < /dev/null & echo $! > "
                + started.file + ".pid");
        return started;
    }

    /** Tells it to end and waits for its result. @throws VmException if it failed, or does not end */
    public GuestCheck.LoadResult stop(Duration timeout) throws IOException {
        run("kill -TERM $(cat " + file + ".pid) 2> /dev/null; true");
        return await(timeout);
    }

    /** Waits for its end. @throws VmException if it failed, or does not end */
    public GuestCheck.LoadResult await(Duration timeout) throws IOException {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        while (true) {
            List<String> lines = run("cat " + file);
            if (lines.stream().anyMatch(line -> line.startsWith("CHECK "))) {
                return GuestCheck.parseLoad(lines);
            }
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new VmException("The guest's load did not end within " + timeout.toSeconds() + " s. It said: "
                        + String.join("; ", lines));
            }
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new VmException("Interrupted while a guest's load ran.");
            }
        }
    }

    private List<String> run(String command) throws IOException {
        GuestChannel.Output output = channel.run(command, COMMAND);
        if (output.exitCode() != 0) {
            throw new VmException("'" + command + "' failed in the guest: " + String.join("; ", output.lines()));
        }
        return output.lines();
    }
}
