// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.mmu.MemoryView.Access;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Page tables that a guest may have built: mostly as the format has them, with every kind of entry, with leaks, cycles and noise. What an
 * address space finds is compared with a walk of each single page, and used.
 */
class RandomPageTablesTest {
    private static final int TREES = 60_000;
    private static final int ACCESSES = 3;
    private static final int CHECK_EVERY = 5_000;

    /** Tables are in the segment's first pages; some more in the driver's memory. */
    private static final int TABLES = 16;

    private static final int SYSTEM_TABLES = 4;
    private static final long LONGEST_NANOS = 2_000_000_000L;
    private static final List<Access> ACCESSES_OF_ALL_KINDS = List.of(Access.values());
    private static final int PAGES_COMPARED = 40;

    private final long seed = Long.getLong("lamella.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private TableFormat format = TableFormat.V2;
    private GuardedMemory guarded = new GuardedMemory(random);
    private final MemoryRun run = new MemoryRun();
    private final MemoryRun other = new MemoryRun();
    private final Map<String, Integer> reached = new TreeMap<>();
    private int tree;
    private boolean written;

    private void count(String what) {
        reached.merge(what, 1, Integer::sum);
    }

    @ParameterizedTest
    @EnumSource
    void whatTheyLeadToIsTheFunctionsOwn(TableFormat tested) {
        System.out.println("seed " + seed);
        format = tested;
        guarded = new GuardedMemory(random, format.format());
        long longest = 0;
        for (tree = 0; tree < TREES; tree++) {
            long address = build();
            guarded.space.setRoot(random.nextInt(200) == 0 ? random.nextLong() : 0);
            long begun = System.nanoTime();
            for (int i = 0; i < ACCESSES; i++) {
                access(i == 0 ? address : near(address));
                if (written) {
                    // Perhaps to the tables.
                    guarded.space.invalidate();
                    written = false;
                }
            }
            longest = Math.max(longest, System.nanoTime() - begun);
            if (tree % CHECK_EVERY == 0) {
                guarded.check(where());
            }
        }
        guarded.check(where());
        System.out.println(TREES + " trees, longest " + longest / 1000 + " µs: " + reached);
        assertThat(longest).as(where()).isLessThan(LONGEST_NANOS);
        for (String kind : new String[] {
            "VRAM 4 KiB",
            "VRAM 64 KiB",
            "VRAM 2 MiB",
            "SYSMEM 4 KiB",
            "SYSMEM 64 KiB",
            "sparse",
            "runs of pages",
            "copies",
        }) {
            assertThat(reached.getOrDefault(kind, 0)).as(where() + ", " + kind).isGreaterThan(TREES / 500);
        }
        if (format == TableFormat.V3) {
            assertThat(reached.getOrDefault("VRAM 524288 KiB", 0)).as(where()).isGreaterThan(TREES / 1000);
        }
        for (MmuFault.Type type : MmuFault.Type.values()) {
            if (type != MmuFault.Type.NO_PAGE_DIRECTORY && type != MmuFault.Type.APERTURE) {
                assertThat(reached.getOrDefault(type.name(), 0))
                        .as(where() + ", " + type)
                        .isGreaterThan(TREES / 2000);
            }
        }
    }

    private String where() {
        return "seed " + seed + ", tree " + tree;
    }

    /** Writes the tables along one address, and returns that. */
    private long build() {
        long address = random.nextLong() & (1L << format.addressBits()) - 1;
        long table = 0;
        boolean system = false;
        for (int level = 0; level < format.levels(); level++) {
            int next = 1 + random.nextInt(TABLES - 1);
            boolean nextSystem = random.nextInt(6) == 0;
            long entry = switch (random.nextInt(60)) {
                case 0 -> random.nextLong();
                case 1 -> 0;
                case 2 -> TableFormat.SPARSE;
                case 6, 7 -> {
                    if (format.hasPages(level)) {
                        // The page is larger than all there is: mostly where something is behind it.
                        address = aligned(address, 29) + random.nextInt(GuardedMemory.FB_BYTES);
                        yield page(29) | 1;
                    }
                    yield directory(tableAddress(next, nextSystem), nextSystem);
                }
                // Back to the root, and out of the segment.
                case 3 -> directory(0, false);
                case 4 -> directory(GuardedMemory.FB_BYTES + 4096L * random.nextInt(4), false);
                case 5 -> directory(GuardedMemory.IOVA + GuardedMemory.MAPPED_BYTES, true);
                default -> directory(tableAddress(next, nextSystem), nextSystem);
            };
            write(table, system, format.offset(level, address), entry);
            table = tableAddress(next, nextSystem);
            system = nextSystem;
        }
        dual(table, system, address);
        return address;
    }

    private static long tableAddress(int number, boolean system) {
        return system ? GuardedMemory.IOVA + 4096L * (number % SYSTEM_TABLES) : 4096L * number;
    }

    private long directory(long table, boolean system) {
        return format.directory(table, system ? 2 : 1);
    }

    private void dual(long table, boolean system, long address) {
        long at = 16 * (address >>> 21 & 255);
        long low = 0;
        long high = 0;
        switch (random.nextInt(10)) {
            case 0 -> low = page(21) | 1;
            case 1 -> low = TableFormat.SPARSE;
            case 2, 3 -> low = big(address);
            case 4 -> {
                low = big(address);
                high = small(address);
            }
            case 5 -> {
                low = random.nextLong();
                high = random.nextLong();
            }
            default -> high = small(address);
        }
        write(table, system, at, low);
        write(table, system, at + 8, high);
    }

    private long big(long address) {
        boolean system = random.nextInt(6) == 0;
        long table = tableAddress(1 + random.nextInt(TABLES - 1), system);
        int index = (int) (address >>> 16) & 31;
        int count = 1 + random.nextInt(4);
        long entry = page(16);
        for (int i = 0; i < count && index + i < 32; i++) {
            boolean follows = random.nextInt(4) != 0;
            write(
                    table,
                    system,
                    8L * (index + i),
                    switch (random.nextInt(12)) {
                        case 0 -> format.noSmallTable();
                        case 1 -> TableFormat.SPARSE;
                        case 2 -> 0;
                        default -> (follows ? entry + i * format.step(0x1_0000) : page(16)) | 1;
                    });
        }
        return format.bigTable(table, system ? 2 : 1);
    }

    private long small(long address) {
        boolean system = random.nextInt(6) == 0;
        long table = tableAddress(1 + random.nextInt(TABLES - 1), system);
        int index = (int) (address >>> 12) & 511;
        int count = 1 + random.nextInt(16);
        long entry = page(12);
        for (int i = 0; i < count && index + i < 512; i++) {
            boolean follows = random.nextInt(8) != 0;
            write(
                    table,
                    system,
                    8L * (index + i),
                    switch (random.nextInt(20)) {
                        case 0 -> TableFormat.SPARSE;
                        case 1 -> random.nextInt(3) == 0 ? random.nextLong() : 0;
                        default -> (follows ? entry + i * format.step(0x1000) : page(12)) | 1;
                    });
        }
        return directory(table, system);
    }

    /** A page's entry without its valid bit: somewhere in what the function has, or just outside. */
    private long page(int shift) {
        int rights = random.nextInt(4) == 0 ? random.nextInt(8) : 0;
        boolean far = random.nextInt(12) == 0;
        return switch (random.nextInt(12)) {
            case 0 -> format.page((long) random.nextInt(1 << 20) << 12, 1, rights);
            case 1, 2, 3 -> {
                long end = far ? 2L * GuardedMemory.MAPPED_BYTES : GuardedMemory.MAPPED_BYTES;
                yield format.page(
                        aligned(GuardedMemory.IOVA + random.nextLong(end), shift), 2 + random.nextInt(2), rights);
            }
            default -> {
                // Behind the tables, so that trees do not eat themselves too often.
                long from = random.nextInt(20) == 0 ? 0 : 4096L * TABLES;
                long end = far ? 2L * GuardedMemory.FB_BYTES : GuardedMemory.FB_BYTES;
                yield format.page(aligned(from + random.nextLong(end - from), shift), 0, rights);
            }
        };
    }

    private static long aligned(long address, int shift) {
        return address >>> shift << shift;
    }

    private void write(long table, boolean system, long offset, long entry) {
        if (system) {
            guarded.dma.writeLong(table + offset, entry);
        } else {
            guarded.fb.writeLong(table + offset, entry);
        }
    }

    private long near(long address) {
        return switch (random.nextInt(5)) {
            case 0 -> address + random.nextInt(1 << 16) - (1 << 15);
            case 1 -> address ^ 1L << random.nextInt(64);
            case 2 -> random.nextLong();
            default -> (address & -4096L) | random.nextInt(4096);
        };
    }

    private void access(long address) {
        Access access = ACCESSES_OF_ALL_KINDS.get(random.nextInt(ACCESSES_OF_ALL_KINDS.size()));
        try {
            guarded.space.resolve(address, 1L << random.nextInt(24), access, run);
            compare(address, run.lengthBytes());
            long to = (address & -4096L) | random.nextInt(4096);
            switch (random.nextInt(4)) {
                case 0 -> {
                    written = true;
                    guarded.space.writeLong(address & -8, random.nextLong(), Access.PRIVILEGED_WRITE);
                }
                case 1 -> guarded.space.readInt(address & -4, Access.READ);
                default -> {
                    guarded.space.resolve(to, 1 << 16, Access.WRITE, other);
                    long length = Math.min(run.lengthBytes(), other.lengthBytes());
                    written = true;
                    guarded.memory.copy(run, 0, other, 0, 1 + random.nextLong(length));
                    count("copies");
                }
            }
        } catch (MmuFault e) {
            count(e.type().name());
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    /** Each page of a run is where a walk for it alone leads. */
    private void compare(long address, long lengthBytes) {
        assertThat(lengthBytes).as(where()).isBetween(1L, MemoryView.MAX_RUN_BYTES);
        long root = guarded.space.root();
        long first = guarded.mmu.translate(root, address);
        int target = Translation.target(first);
        assertThat(target).as(where()).isEqualTo(run.target());
        if (target == Translation.SPARSE) {
            count("sparse");
        } else {
            int kib = 1 << (Translation.pageShift(first) - 10);
            String size = kib == 2048 ? " 2 MiB" : " " + kib + " KiB";
            count((target == Translation.VRAM ? "VRAM" : "SYSMEM") + size);
            assertThat(run.address()).as(where()).isEqualTo(Translation.address(first, address));
        }
        long page = (address | 4095) + 1;
        for (int i = 0; i < PAGES_COMPARED && page < address + lengthBytes; i++, page += 4096) {
            long translation = guarded.mmu.translate(root, page);
            assertThat(Translation.target(translation)).as(where()).isEqualTo(target);
            assertThat(Translation.agree(first, translation)).as(where()).isTrue();
            if (target != Translation.SPARSE) {
                assertThat(Translation.address(translation, page))
                        .as(where())
                        .isEqualTo(run.address() + (page - address));
            }
        }
        if (lengthBytes > 4096 && target != Translation.SPARSE) {
            count("runs of pages");
        }
    }
}
