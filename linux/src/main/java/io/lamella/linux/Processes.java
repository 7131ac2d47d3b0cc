// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** This process and others. */
public final class Processes {
    public static final int SIGKILL = 9;
    public static final int SIGTERM = 15;
    public static final int SIGSTOP = 19;
    public static final int SIGCONT = 18;

    private Processes() {}

    /** This process's id. */
    public static long id() {
        return ProcessHandle.current().pid();
    }

    /** Whose rights this process has. */
    public static int effectiveUserId() {
        return Libc.geteuid();
    }

    /** Sends a signal to one process. */
    public static void signal(long pid, int signal) {
        if (pid <= 0 || pid > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "Process " + pid + ": a signal goes to one process, whose id is positive.");
        }
        LinuxException.check(Libc.kill((int) pid, signal), "Cannot send signal " + signal + " to process " + pid);
    }

    /** Keeps the calling thread, a platform thread, on one CPU; threads that it starts from here on inherit that. */
    public static void pinThread(int cpu) {
        if (cpu < 0 || cpu >= 1024) {
            throw new IllegalArgumentException("CPU " + cpu + ": it must be 0 to 1023.");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(128, 8);
            mask.set(JAVA_BYTE, cpu / 8, (byte) (1 << (cpu % 8)));
            LinuxException.check(
                    Libc.schedSetaffinity(0, mask.byteSize(), mask), "Cannot keep this thread on CPU " + cpu);
        }
    }
}
