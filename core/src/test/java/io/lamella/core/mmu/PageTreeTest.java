// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.pool.RangePool;
import io.lamella.core.testing.RegisterFunction;
import io.lamella.hw.Architecture;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuFormat;
import io.lamella.hw.reg.PraminWindow;
import io.lamella.hw.reg.Vfn;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Page tables as they are in frame buffer, read back the hardware's way and compared with what was asked for. */
class PageTreeTest {
    private static final long PAGE = 4096;
    private static final long NOTHING = -1;
    private static final long HOST = 1L << 62;
    private static final long READ_ONLY = 1L << 61;
    /** Three directories' worth of addresses, with borders of every kind. */
    private static final long SPAN = 3L << 29;

    private record Mapped(PageFormat.Memory memory, long target, long sizeBytes, boolean readOnly) {}

    private final RegisterFunction function = new RegisterFunction();
    private final Map<Long, Integer> words = new HashMap<>();

    private Mmu mmu(Architecture architecture, RangePool frameBuffer) {
        int window = architecture.praminWindow().offset();
        function.onRead(Vfn.TLB_INVALIDATE.offset(), () -> 0);
        function.onWrite((offset, value) -> {
            long inWindow = (long) offset - PraminWindow.WINDOW.offset();
            if (inWindow >= 0 && inWindow < 0x10_0000) {
                words.put((Integer.toUnsignedLong(function.get(window)) << 16) + inWindow, value);
            }
        });
        return new Mmu(function.device(), architecture, new TableMemory(frameBuffer));
    }

    private long entry(long address) {
        return Integer.toUnsignedLong(words.getOrDefault(address, 0)) | (long) words.getOrDefault(address + 4, 0) << 32;
    }

    /** What an address leads to: the page's byte, with a flag for the host's memory and one for read-only. */
    private long walk(GmmuFormat format, long root, long address) {
        long table = root;
        for (int i = 0; i < format.upperDirectories(); i++) {
            long pde = entry(table + format.upperOffset(i, address));
            if (format.pdeAperture(pde) == null) {
                return NOTHING;
            }
            table = format.pdeAddress(pde);
        }
        long low = entry(table + GmmuFormat.dualOffset(address));
        long high = entry(table + GmmuFormat.dualOffset(address) + 8);
        if (format.dualIsPage(low)) {
            return leaf(format, low, address, GmmuFormat.DUAL_SHIFT);
        }
        if (format.bigTableAperture(low) != null) {
            long pte = entry(format.bigTableAddress(low) + GmmuFormat.bigOffset(address));
            if (format.pteIsValid(pte)) {
                return leaf(format, pte, address, GmmuFormat.BIG_SHIFT);
            }
        }
        if (format.pdeAperture(high) == null) {
            return NOTHING;
        }
        long pte = entry(format.pdeAddress(high) + 8L * GmmuFormat.smallIndex(address));
        return format.pteIsValid(pte) ? leaf(format, pte, address, GmmuFormat.SMALL_SHIFT) : NOTHING;
    }

    private static long leaf(GmmuFormat format, long pte, long address, int shift) {
        long offset = address & ((1L << shift) - 1);
        return ((format.pteAddress(pte) & -(1L << shift)) + offset)
                | (format.pteAperture(pte) == Aperture.VIDEO ? 0 : HOST)
                | (format.pteIsReadOnly(pte) ? READ_ONLY : 0);
    }

    @ParameterizedTest
    @EnumSource
    void isWhatWasAskedForAfterAnyOrderOfChanges(Architecture architecture) {
        long seed = System.nanoTime();
        System.out.println("PageTreeTest seed " + seed);
        Random random = new Random(seed);
        RangePool frameBuffer = new RangePool("Frame buffer", "bytes", 0, 1L << 30);
        GmmuFormat format = architecture.pageTables();
        PageTree tree = PageTree.create(mmu(architecture, frameBuffer));
        NavigableMap<Long, Mapped> model = new TreeMap<>();
        for (int step = 0; step < 400; step++) {
            if (random.nextInt(3) > 0 || model.isEmpty()) {
                long unit = PAGE << (random.nextInt(3) * 4 + random.nextInt(2));
                long size = Math.min(unit * (1 + random.nextInt(40)), 5L << 20);
                long address = PAGE + random.nextLong(SPAN / unit) * unit;
                if (random.nextBoolean()) {
                    address &= -unit;
                }
                long target = (random.nextLong(1L << 16) * unit) & ((1L << 36) - PAGE);
                Map.Entry<Long, Mapped> below = model.lowerEntry(address + size);
                boolean overlaps = below != null && below.getKey() + below.getValue().sizeBytes > address;
                if (!overlaps && address >= PAGE) {
                    Mapped mapped = new Mapped(
                            random.nextBoolean() ? PageFormat.Memory.HOST : PageFormat.Memory.FRAME_BUFFER,
                            target,
                            size,
                            random.nextBoolean());
                    tree.map(address, mapped.memory, target, size, mapped.readOnly);
                    model.put(address, mapped);
                }
            } else {
                long address = model.keySet().stream()
                        .skip(random.nextInt(model.size()))
                        .findFirst()
                        .orElseThrow();
                Mapped mapped = Objects.requireNonNull(model.remove(address));
                tree.unmap(address, mapped.target, mapped.sizeBytes);
                assertThat(walk(format, tree.root(), address)).isEqualTo(NOTHING);
            }
            if (step % 40 == 0) {
                compare(format, tree.root(), model, random);
            }
        }
        compare(format, tree.root(), model, random);
        model.forEach((address, mapped) -> tree.unmap(address, mapped.target, mapped.sizeBytes));
        // Nothing but the root is left, in the one chunk that is kept.
        assertThat(frameBuffer.free()).isEqualTo((1L << 30) - (2 << 20));
        for (int at = 0; at < PAGE; at += 8) {
            assertThat(entry(tree.root() + at)).isZero();
        }
    }

    private void compare(GmmuFormat format, long root, NavigableMap<Long, Mapped> model, Random random) {
        model.forEach((address, mapped) -> {
            for (long at : new long[] {0, mapped.sizeBytes - PAGE, random.nextLong(mapped.sizeBytes / PAGE) * PAGE}) {
                assertThat(walk(format, root, address + at))
                        .as("0x%x", address + at)
                        .isEqualTo((mapped.target + at)
                                | (mapped.memory == PageFormat.Memory.HOST ? HOST : 0)
                                | (mapped.readOnly ? READ_ONLY : 0));
            }
        });
        for (int i = 0; i < 50; i++) {
            long address = random.nextLong(SPAN / PAGE) * PAGE;
            Map.Entry<Long, Mapped> below = model.floorEntry(address);
            if (below == null || below.getKey() + below.getValue().sizeBytes <= address) {
                assertThat(walk(format, root, address)).as("0x%x", address).isEqualTo(NOTHING);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void leavesNothingBehindWhenThereIsNoRoomForTables(Architecture architecture) {
        RangePool frameBuffer = new RangePool("Frame buffer", "bytes", 0, 2 << 20);
        GmmuFormat format = architecture.pageTables();
        PageTree tree = PageTree.create(mmu(architecture, frameBuffer));
        // A table of 4 KiB pages for each 2 MiB: more than one chunk has.
        long size = 600L << 21;
        assertThatThrownBy(() -> tree.map(PAGE, PageFormat.Memory.HOST, 0, size, false))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NO_SPACE));
        for (long address = PAGE; address < size; address += 1 << 20) {
            assertThat(walk(format, tree.root(), address)).isEqualTo(NOTHING);
        }
        tree.map(PAGE, PageFormat.Memory.HOST, 0, 1 << 20, false);
        assertThat(walk(format, tree.root(), PAGE + 8192)).isEqualTo(8192 | HOST);
        tree.free();
    }
}
