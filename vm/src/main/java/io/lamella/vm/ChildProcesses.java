// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The processes that this JVM has started and that must not outlive it.
 *
 * <p>A shutdown hook kills what is still there on a normal exit, on Ctrl-C and on SIGTERM. A JVM that is killed with
 * SIGKILL runs no hook: QEMU is therefore also started with a parent-death signal, see
 * {@link io.lamella.vm.qemu.VirtualMachine}.
 */
public final class ChildProcesses {
    /** Each process with the folder that is of no use without it. */
    private static final Map<Process, Optional<Path>> LIVE = new ConcurrentHashMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(ChildProcesses::killAll));
    }

    private ChildProcesses() {}

    /** Ties a process to this JVM's life. It is forgotten when it has ended. */
    public static Process adopt(Process process) {
        return adopt(process, Optional.empty());
    }

    /** The same for a process with a private folder, which is removed when the JVM ends before the process. */
    public static Process adopt(Process process, Path folder) {
        return adopt(process, Optional.of(folder));
    }

    private static Process adopt(Process process, Optional<Path> folder) {
        LIVE.keySet().removeIf(other -> !other.isAlive());
        LIVE.put(process, folder);
        return process;
    }

    /** How many adopted processes still run. */
    public static int count() {
        LIVE.keySet().removeIf(process -> !process.isAlive());
        return LIVE.size();
    }

    private static void killAll() {
        LIVE.forEach((process, folder) -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            folder.ifPresent(path -> removeAfter(process, path));
        });
    }

    private static void removeAfter(Process process, Path folder) {
        try {
            process.waitFor(2, TimeUnit.SECONDS);
            Cache.deleteTree(folder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.getLogger(ChildProcesses.class.getName())
                    .log(System.Logger.Level.WARNING, "could not remove " + folder, e);
        }
    }
}
