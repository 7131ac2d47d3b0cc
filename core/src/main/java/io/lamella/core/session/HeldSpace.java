// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.AddressSpace;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.GpuMemory;
import io.lamella.core.RmException;
import io.lamella.core.RmObject;
import io.lamella.core.RmRequest;
import io.lamella.core.mmu.PageTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * An address space that a session holds: a client of the resource manager with an address space object, and page tables that it was shown.
 * Binds and unbinds follow one another; each ends with the GPU knowing of it.
 */
final class HeldSpace extends Held implements AddressSpace {
    /** What an entry of a ring can reach, and where rings can be. */
    private static final long REACH_BYTES = 1L << 40;

    /** At the top: the rings of channels. */
    private static final long RING_AREA_BYTES = 1L << 30;

    private static final long PAGE = 4096;
    private static final int HANDLE = 0x90f1_0000;
    private static final int EXTERNALLY_OWNED = 1 << 3;
    private static final int IN_FRAME_BUFFER = 0;

    /** A part of memory at an address. */
    private final class Bind implements HeldMemory.Use {
        final HeldMemory memory;
        final long address;
        final long offset;
        final long sizeBytes;

        Bind(HeldMemory memory, long address, long offset, long sizeBytes) {
            this.memory = memory;
            this.address = address;
            this.offset = offset;
            this.sizeBytes = sizeBytes;
        }

        long end(long start) {
            return start + sizeBytes;
        }

        @Override
        public void end() {
            synchronized (binds) {
                if (binds.get(address) == this) {
                    take(this);
                }
            }
        }
    }

    private final HeldClient client;
    private final RmObject object;
    private final PageTree tree;
    /** By address; also the lock of the tree. */
    private final NavigableMap<Long, Bind> binds = new TreeMap<>();

    private final List<HeldChannel> channels = new ArrayList<>();

    /** @param client its own; this closes it, but not if it throws */
    HeldSpace(ClientSession session, String label, HeldClient client) {
        super(session, label);
        this.client = client;
        RunningCore core = session.core();
        boolean shown = false;
        PageTree tables = PageTree.create(core.mmu());
        try {
            object = client.create(
                    client.device().handle(), HANDLE, RmRequest.of("VASPACE").with("flags", EXTERNALLY_OWNED));
            shown = true;
            showTables(core.mmu().format().directories().getFirst().entryCount(), tables.root());
        } catch (RuntimeException failure) {
            // Unless it refused, the firmware may have taken the tables.
            if (!shown || failure instanceof RmException) {
                tables.free();
            }
            throw failure;
        }
        tree = tables;
    }

    private void showTables(int rootEntries, long root) {
        var _ = client.control(
                client.device(),
                RmRequest.of("DMA_SET_PAGE_DIRECTORY")
                        .with("physAddress", root)
                        .with("numEntries", rootEntries)
                        .with("flags", IN_FRAME_BUFFER)
                        .with("hVASpace", Integer.toUnsignedLong(object.handle())));
    }

    HeldClient rmClient() {
        return client;
    }

    RmObject object() {
        return object;
    }

    @Override
    public long sizeBytes() {
        return REACH_BYTES - RING_AREA_BYTES;
    }

    @Override
    public void bind(long address, GpuMemory memory, long offset, long sizeBytes, Access access) {
        checkHeld();
        HeldMemory own = session().own(memory);
        checkRange(address, sizeBytes);
        if (offset < 0 || offset % PAGE != 0 || sizeBytes > own.sizeBytes() - offset) {
            throw invalid("Offset " + offset + " and size " + sizeBytes + " are no whole pages of 4 KiB in "
                    + own.describe() + ".");
        }
        Bind bind = new Bind(own, address, offset, sizeBytes);
        place(bind, access == Access.READ_ONLY);
        if (!own.isHeld()) {
            bind.end();
            own.checkHeld();
        }
    }

    /** The same for what is the core's own, at addresses that clients do not have. */
    private void place(Bind bind, boolean readOnly) {
        synchronized (binds) {
            checkHeld();
            Map.Entry<Long, Bind> below = binds.lowerEntry(bind.end(bind.address));
            if (below != null && below.getValue().end(below.getKey()) > bind.address) {
                Bind other = below.getValue();
                throw invalid(String.format(
                        "0x%x to 0x%x overlaps %s at 0x%x; unbind that first.",
                        bind.address, bind.end(bind.address), other.memory.describe(), other.address));
            }
            tree.map(
                    bind.address, bind.memory.kind(), bind.memory.gpuAddress() + bind.offset, bind.sizeBytes, readOnly);
            binds.put(bind.address, bind);
            bind.memory.add(bind);
        }
    }

    /** Gives the ring of a channel its place. */
    long bindRing(int channelId, HeldHost ring) {
        long address = sizeBytes() + channelId * HeldChannel.MOST_RING_BYTES;
        place(new Bind(ring, address, 0, ring.sizeBytes()), true);
        return address;
    }

    @Override
    public void unbind(long address, long sizeBytes) {
        checkHeld();
        checkRange(address, sizeBytes);
        synchronized (binds) {
            List<Bind> whole =
                    List.copyOf(binds.subMap(address, address + sizeBytes).values());
            Map.Entry<Long, Bind> before = binds.lowerEntry(address);
            boolean cut = (before != null && before.getValue().end(before.getKey()) > address)
                    || (!whole.isEmpty() && whole.getLast().end(whole.getLast().address) > address + sizeBytes);
            if (whole.isEmpty() || cut) {
                throw invalid(String.format(
                        "0x%x to 0x%x %s; binds are taken away whole.",
                        address, address + sizeBytes, cut ? "begins or ends within a bind" : "holds no bind"));
            }
            whole.forEach(this::take);
        }
    }

    /** With the lock. */
    private void take(Bind bind) {
        tree.unmap(bind.address, bind.memory.gpuAddress() + bind.offset, bind.sizeBytes);
        binds.remove(bind.address);
        bind.memory.remove(bind);
    }

    private void checkRange(long address, long sizeBytes) {
        if (address < FIRST_ADDRESS
                || sizeBytes < 1
                || address % PAGE != 0
                || sizeBytes % PAGE != 0
                || sizeBytes > sizeBytes() - address) {
            throw invalid(String.format(
                    "Address 0x%x and size %d are no whole pages of 4 KiB between 0x%x and 0x%x.",
                    address, sizeBytes, FIRST_ADDRESS, sizeBytes()));
        }
    }

    private static CoreException invalid(String sentence) {
        return new CoreException(CoreError.INVALID, sentence);
    }

    void add(HeldChannel channel) {
        synchronized (channels) {
            channels.add(channel);
        }
    }

    void remove(HeldChannel channel) {
        synchronized (channels) {
            channels.remove(channel);
        }
    }

    private void closeChannels() {
        List<HeldChannel> open;
        synchronized (channels) {
            open = List.copyOf(channels);
        }
        open.reversed().forEach(HeldChannel::close);
    }

    @Override
    void release() {
        closeChannels();
        try {
            client.control(
                    client.device(),
                    RmRequest.of("DMA_UNSET_PAGE_DIRECTORY").with("hVASpace", Integer.toUnsignedLong(object.handle())));
        } finally {
            client.close();
        }
        forgetBinds();
        // Reached only if the firmware has let go of the tables.
        tree.free();
    }

    private void forgetBinds() {
        synchronized (binds) {
            binds.values().forEach(bind -> bind.memory.remove(bind));
            binds.clear();
        }
    }

    @Override
    void giveUp() {
        closeChannels();
    }

    @Override
    String describe() {
        return "address space \"" + label() + "\"";
    }
}
