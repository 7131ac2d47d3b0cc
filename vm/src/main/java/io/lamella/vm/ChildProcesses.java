// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The processes that this JVM has started and that must not outlive it.
 *
 * <p>A shutdown hook kills what is still there on a normal exit, on Ctrl-C and on SIGTERM. A JVM that is killed with
 * SIGKILL runs no hook: QEMU is therefore also started with a parent-death signal, see
 * {@link io.lamella.vm.qemu.VirtualMachine}.
 */
public final class ChildProcesses {
    private static final Set<Process> LIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(ChildProcesses::killAll));
    }

    private ChildProcesses() {}

    /** Ties a process to this JVM's life. It is forgotten when it has ended. */
    public static Process adopt(Process process) {
        LIVE.removeIf(other -> !other.isAlive());
        LIVE.add(process);
        return process;
    }

    /** How many adopted processes still run. */
    public static int count() {
        LIVE.removeIf(process -> !process.isAlive());
        return LIVE.size();
    }

    private static void killAll() {
        for (Process process : LIVE) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
