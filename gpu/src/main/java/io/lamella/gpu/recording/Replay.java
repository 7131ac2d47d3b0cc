// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.gpu.trace.FunctionTap;
import io.lamella.hw.reg.FalconMem;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import io.lamella.hw.reg.Registers;
import io.lamella.pci.PciFunction;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Makes the accesses of a recording again and compares what comes of them. */
public final class Replay {
    /** How long a value may take to come, or an action that was recorded to be done. */
    private static final long PATIENCE_NANOS = 2_000_000_000;

    private static final long PAUSE_NANOS = 100_000;
    private static final Set<Integer> PORTS = ports();

    private final PciFunction function;
    private final FunctionTap tap;
    private final Runnable afterReset;
    private final RecordingReader reader;
    private final Group.Window window;
    private final ReplayedWorld world;
    private volatile long nowNanos;
    private boolean connected;
    private long accesses;
    private long late;

    private Replay(RecordingReader reader, PciFunction function, FunctionTap tap, Runnable afterReset) {
        this.reader = reader;
        this.function = function;
        this.tap = tap;
        this.afterReset = afterReset;
        window = new Group.Window(reader);
        world = new ReplayedWorld(window);
    }

    /** Registers that move on with each read, so that nobody may look twice. */
    private static Set<Integer> ports() {
        Set<Integer> offsets = new HashSet<>();
        for (Falcons unit : List.of(Falcons.GSP, Falcons.SEC2)) {
            for (int i = 0; i < FalconMem.IMEMD.count(); i++) {
                offsets.add(FalconMem.IMEMD.in(unit.falcon()).at(i).offset());
            }
            for (int i = 0; i < FalconMem.DMEMD.count(); i++) {
                offsets.add(FalconMem.DMEMD.in(unit.falcon()).at(i).offset());
            }
        }
        for (int i = 0; i < Fbif.EMEMD.count(); i++) {
            offsets.add(Fbif.EMEMD.in(Falcons.FSP.falcon()).at(i).offset());
        }
        return offsets;
    }

    /**
     * Replays up to the first difference. The caller's thread serves the function.
     *
     * @param reader at its beginning
     * @param function of the same kind as the one that was recorded, fresh and connected to nothing
     * @param tap of the same function
     * @param afterReset what the host does when a driver has reset the function
     * @throws RecordingException if the file is damaged, or of another chip
     */
    public static ReplayReport run(RecordingReader reader, PciFunction function, FunctionTap tap, Runnable afterReset)
            throws IOException {
        return new Replay(reader, function, tap, afterReset).run();
    }

    private ReplayReport run() throws IOException {
        String recorded = reader.header().chip();
        if (!recorded.equals(tap.chip().name())) {
            throw new RecordingException("The recording is of a function of " + recorded
                    + " and cannot be replayed on one of " + tap.chip() + "; a board with the recorded chip will do.");
        }
        tap.useClock(() -> nowNanos, reader.header().timerNanos());
        tap.useRandom(reader.header().random());
        try {
            Group group = window.next();
            while (group != null && world.difference() == null) {
                replay(group);
                group = window.next();
            }
            if (world.difference() == null) {
                world.end();
            }
            return world.report(accesses, late, reader.isComplete());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new RecordingException(
                    "The recording cannot be replayed at access " + accesses + ": " + e.getMessage());
        } finally {
            if (connected) {
                function.disconnect();
            }
        }
    }

    private void replay(Group group) {
        world.begin(group);
        RecordedEvent access = group.access();
        if (access != null) {
            accesses++;
            nowNanos = access.timeNanos();
            perform(group.number(), access);
        }
        boolean unsettled = group.done().stream().anyMatch(event -> event.type() == RecordedEvent.EventType.UNSETTLED);
        if (!unsettled) {
            boolean ignored = tap.settle(PATIENCE_NANOS);
        }
        if (!world.isDone()) {
            late++;
            if (!await(world::isDone)) {
                world.giveUp();
            }
        }
    }

    private interface Condition {
        boolean isMet();
    }

    private static boolean await(Condition condition) {
        long begun = System.nanoTime();
        while (!condition.isMet()) {
            if (System.nanoTime() - begun > PATIENCE_NANOS) {
                return false;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }

    private void perform(long number, RecordedEvent access) {
        int bar = access.bar();
        long offset = access.address();
        int size = (int) access.size();
        switch (access.type()) {
            case CONFIG_READ ->
                compare(
                        number,
                        access,
                        "configuration space at 0x" + Long.toHexString(offset),
                        function.readConfig((int) offset, size));
            case CONFIG_WRITE -> function.writeConfig((int) offset, size, access.value());
            case BAR_READ -> readBar(number, access);
            case BAR_WRITE -> function.writeBar(bar, offset, size, access.value());
            case RUN_READ -> readRun(number, access);
            case RUN_WRITE -> function.writeBar(bar, offset, MemorySegment.ofArray(access.data()));
            case RESET -> {
                function.reset();
                afterReset.run();
            }
            case CONNECT -> {
                function.connect(world, world);
                connected = true;
            }
            case DISCONNECT -> {
                function.disconnect();
                connected = false;
            }
            default -> throw new IllegalArgumentException("a driver does not do " + access.type());
        }
    }

    private void readBar(long number, RecordedEvent access) {
        int bar = access.bar();
        long offset = access.address();
        int size = (int) access.size();
        long value = function.readBar(bar, offset, size);
        if (value != access.value() && !(bar == 0 && PORTS.contains((int) offset & ~3))) {
            // What the function does by itself may take longer than it took then.
            late++;
            boolean ignored = await(() -> function.readBar(bar, offset, size) == access.value());
            value = function.readBar(bar, offset, size);
        }
        compare(number, access, place(bar, offset), value);
    }

    private static String place(int bar, long offset) {
        return bar == 0 && offset < 16 << 20
                ? String.format(Locale.ROOT, "register %s (0x%06x)", Registers.nameOf((int) offset), offset)
                : String.format(Locale.ROOT, "BAR%d at 0x%x", bar, offset);
    }

    private void compare(long number, RecordedEvent access, String what, long got) {
        if (got != access.value()) {
            world.found(number, access.timeNanos(), what, hex(access.value(), access.size()), hex(got, access.size()));
        }
    }

    private static String hex(long value, long sizeBytes) {
        return String.format(Locale.ROOT, "0x%0" + 2 * sizeBytes + "x", value);
    }

    private void readRun(long number, RecordedEvent access) {
        byte[] bytes = new byte[access.data().length];
        function.readBar(access.bar(), access.address(), MemorySegment.ofArray(bytes));
        int at = Arrays.mismatch(bytes, access.data());
        if (at >= 0) {
            int end = Math.min(bytes.length, at + 8);
            world.found(
                    number,
                    access.timeNanos(),
                    place(access.bar(), access.address() + at),
                    HexFormat.of().formatHex(access.data(), at, end),
                    HexFormat.of().formatHex(bytes, at, end));
        }
    }
}
