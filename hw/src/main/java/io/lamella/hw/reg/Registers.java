// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Every register that has a name, for dumps, traces and fuzzers. Not for the path of a register access. */
public final class Registers {
    private static final List<Loc.Fixed<?>> ALL = collect();
    private static final Map<Integer, Loc.Fixed<?>> BY_OFFSET = byOffset();

    private Registers() {}

    /** All registers of every chip, one entry for each place, in order of their offsets. No place means different things on different chips. */
    public static List<Loc.Fixed<?>> all() {
        return ALL;
    }

    /** All windows of BAR0. */
    public static List<Window> windows() {
        return List.of(
                Xve.CONFIG_MIRROR,
                Pcfg.CONFIG_MIRROR,
                Prom.WINDOW,
                Disp.CORE_CHANNEL,
                Disp.WINDOW_CHANNELS,
                Disp.IMMEDIATE_CHANNELS,
                Disp.CURSOR_CHANNELS,
                PraminWindow.WINDOW,
                Vfn.MSIX_TABLE,
                Vfn.MSIX_PBA,
                Vfn.USER);
    }

    /** The register at an offset. */
    public static Optional<Loc.Fixed<?>> at(int offset) {
        return Optional.ofNullable(BY_OFFSET.get(offset));
    }

    /** A name for an offset: the register's, the window's, or the number itself. */
    public static String nameOf(int offset) {
        Loc.Fixed<?> register = BY_OFFSET.get(offset & ~3);
        if (register != null) {
            return register.name();
        }
        for (Window window : windows()) {
            if (window.contains(offset)) {
                return "%s+0x%x".formatted(window.name(), offset - window.offset());
            }
        }
        return "0x%06x".formatted(offset);
    }

    private static List<Loc.Fixed<?>> collect() {
        List<Loc.Fixed<?>> found = new ArrayList<>();
        Stream.of(
                        Pmc.ALL,
                        Pbus.ALL,
                        Ptimer.ALL,
                        Xve.ALL,
                        Pcfg.ALL,
                        Pfb.ALL,
                        Gfw.ALL,
                        Disp.ALL,
                        Fuse.ALL,
                        Therm.ALL,
                        Ce.ALL,
                        Vfn.ALL)
                .flatMap(List::stream)
                .forEach(loc -> addFixed(loc, found));
        for (Falcons unit : List.of(Falcons.GSP, Falcons.SEC2, Falcons.FSP)) {
            Falcon.ALL.forEach(loc -> addRelative(loc, unit.falcon(), found));
            FalconMem.ALL.forEach(loc -> addRelative(loc, unit.falcon(), found));
            Fbif.ALL.forEach(loc -> addRelative(loc, unit.falcon(), found));
            RiscV.ALL.forEach(loc -> addRelative(loc, unit.riscv(), found));
        }
        found.sort((a, b) -> Integer.compareUnsigned(a.offset(), b.offset()));
        return List.copyOf(found);
    }

    private static <R extends Reg32> void addFixed(Loc<R> loc, List<Loc.Fixed<?>> found) {
        switch (loc) {
            case Loc.Fixed<R> fixed -> found.add(fixed);
            case Loc.Array<R> array -> addEach(array, found);
            case Loc.Relative<R> _, Loc.RelativeArray<R> _ ->
                throw new IllegalArgumentException(loc.name() + " needs a base.");
        }
    }

    private static <R extends Reg32> void addRelative(Loc<R> loc, Loc.Base base, List<Loc.Fixed<?>> found) {
        switch (loc) {
            case Loc.Relative<R> relative -> found.add(relative.in(base));
            case Loc.RelativeArray<R> array -> addEach(array.in(base), found);
            case Loc.Fixed<R> _, Loc.Array<R> _ -> throw new IllegalArgumentException(loc.name() + " has no base.");
        }
    }

    private static void addEach(Loc.Array<?> array, List<Loc.Fixed<?>> found) {
        for (int i = 0; i < array.count(); i++) {
            found.add(array.at(i));
        }
    }

    private static Map<Integer, Loc.Fixed<?>> byOffset() {
        Map<Integer, Loc.Fixed<?>> map = new HashMap<>();
        ALL.forEach(loc -> map.put(loc.offset(), loc));
        return Map.copyOf(map);
    }
}
