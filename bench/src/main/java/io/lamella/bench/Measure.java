// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import java.util.List;

/**
 * One line of the wire benchmark.
 *
 * @param name what is measured
 * @param unit how it is shown
 * @param ask the line for the probe, on a connection to the device
 * @param answer which number of the probe's answer counts
 * @param spread which number of the answer is the 99th percentile, or -1
 * @param bytes moved by one operation, for rates; 0 where a rate says nothing
 * @param yardstick what it is compared with
 * @param limit on the ratio to the yardstick, 0 for none
 */
record Measure(
        String name, Unit unit, String ask, int answer, int spread, long bytes, Yardstick yardstick, double limit) {

    /** How a time is shown. */
    enum Unit {
        MICROS("µs"),
        NANOS("ns"),
        BYTES("B"),
        GIGABYTES("GB/s");

        private final String symbol;

        Unit(String symbol) {
            this.symbol = symbol;
        }

        String symbol() {
            return symbol;
        }

        /** A time in nanoseconds as a number of this unit. */
        double of(double nanos, long bytes) {
            return switch (this) {
                case MICROS -> nanos / 1000;
                case NANOS, BYTES -> nanos;
                case GIGABYTES -> bytes / nanos;
            };
        }
    }

    /** What a measure is compared with, in the same round. */
    sealed interface Yardstick {
        /** The same requests to the floor, which is told how long request and reply are. */
        record Floor(int requestBytes, int replyBytes) implements Yardstick {}

        /** Another question to the probe: a plain copy of as much memory. */
        record Copy(String ask) implements Yardstick {}

        /** Nothing. */
        record None() implements Yardstick {}
    }

    private static final int ACCESS = 32;
    private static final int PIPELINE = 32;

    /** Connecting, negotiating, asking for everything and mapping once; the server serves one client at a time. */
    static final Measure ATTACH = plain("attach", "", 0, 1);

    /** How much heap the server takes for a message. */
    static final List<Measure> ALLOCATIONS = List.of(
            allocation("read 4 B", "read 4 10000"),
            allocation("write 4 B, waited", "write 4 10000"),
            allocation("write 4 B, posted", "posted 30000"));

    private static Measure allocation(String name, String ask) {
        return new Measure("heap, " + name, Unit.BYTES, ask, 0, -1, 0, new Yardstick.None(), 0);
    }

    /** Everything that is measured, in the order of the table. */
    static List<Measure> all() {
        return List.of(
                roundTrip("read", 4, 4000, 1.25),
                roundTrip("write", 4, 4000, 1.25),
                new Measure(
                        "write 4 B, posted",
                        Unit.NANOS,
                        "posted 20000",
                        0,
                        -1,
                        0,
                        new Yardstick.Floor(ACCESS + 4, ACCESS),
                        1.5),
                new Measure(
                        "read 4 B, 32 in flight",
                        Unit.NANOS,
                        "pipelined " + PIPELINE + " 16000",
                        0,
                        -1,
                        0,
                        new Yardstick.Floor(ACCESS, ACCESS + 4),
                        1.5),
                roundTrip("read", 4096, 2000, 0),
                roundTrip("write", 4096, 2000, 0),
                roundTrip("read", 32 << 10, 1000, 0),
                roundTrip("write", 32 << 10, 1000, 0),
                roundTrip("read", 1 << 20, 60, 0),
                roundTrip("write", 1 << 20, 60, 0),
                plain("map 2 MiB", "map " + (2 << 20) + " 300", 0, -1),
                plain("unmap 2 MiB", "map " + (2 << 20) + " 300", 1, -1),
                plain("map 1 GiB", "map " + (1 << 30) + " 100", 0, -1),
                plain("unmap 1 GiB", "map " + (1 << 30) + " 100", 1, -1),
                plain("doorbell to eventfd", "doorbell 2000", 0, 1),
                copy("read", 1, 4 << 10, 40000, 0),
                copy("read", 1, 64 << 10, 6000, 0.9),
                copy("read", 1, 1 << 20, 300, 0.9),
                copy("read", 1, 16 << 20, 12, 0.9),
                copy("write", 2, 4 << 10, 40000, 0),
                copy("write", 2, 64 << 10, 6000, 0.9),
                copy("write", 2, 1 << 20, 300, 0.9),
                copy("write", 2, 16 << 20, 12, 0.9));
    }

    private static Measure roundTrip(String verb, int bytes, int count, double limit) {
        boolean writes = verb.equals("write");
        Yardstick floor = new Yardstick.Floor(writes ? ACCESS + bytes : ACCESS, writes ? ACCESS : ACCESS + bytes);
        String waited = writes && bytes == 4 ? ", waited" : "";
        return new Measure(
                verb + " " + size(bytes) + waited,
                Unit.MICROS,
                verb + " " + bytes + " " + count,
                0,
                1,
                bytes,
                floor,
                limit);
    }

    private static Measure plain(String name, String ask, int answer, int spread) {
        return new Measure(name, Unit.MICROS, ask, answer, spread, 0, new Yardstick.None(), 0);
    }

    private static Measure copy(String verb, int command, int bytes, int iterations, double limit) {
        String amount = " " + command + " " + bytes + " " + iterations;
        return new Measure(
                "mapped DMA " + verb + " " + size(bytes),
                Unit.GIGABYTES,
                "dma" + amount,
                0,
                -1,
                bytes,
                new Yardstick.Copy("copy" + amount),
                limit);
    }

    private static String size(int bytes) {
        if (bytes >= 1 << 20) {
            return (bytes >> 20) + " MiB";
        }
        return bytes >= 1 << 10 ? (bytes >> 10) + " KiB" : bytes + " B";
    }

    /** Whether there is a limit that is to be met. */
    boolean hasLimit() {
        return limit != 0 || unit == Unit.BYTES;
    }

    /** Whether the figures are within the limit. */
    boolean isMet(Figures figures) {
        return switch (unit) {
            case BYTES -> figures.device() < 0.5;
            case GIGABYTES -> figures.ratio() >= limit;
            case MICROS, NANOS -> figures.ratio() <= limit;
        };
    }
}
