// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRequest;
import io.lamella.core.GpuMemory;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One user of a render device: what it has, and how much of it. Closing it gives everything back, also in the middle of work. */
public final class RenderFile implements AutoCloseable {
    private static final int LONGEST_NAME = 64;
    private static final long LARGE_PAGE = 2 << 20;

    /**
     * What a file has.
     *
     * @param name of its user
     */
    public record Usage(
            String name, int buffers, long vramBytes, long gartBytes, int channels, int syncObjects, int binds) {}

    private final RenderDevice device;
    private final String name;
    private final RenderLimits limits;
    private final RenderVm vm;
    // Guarded by the device's lock.
    private final Set<BufferObject> buffers = new LinkedHashSet<>();
    private final Set<SyncObject> syncObjects = new LinkedHashSet<>();
    private final Set<RenderChannel> channels = new LinkedHashSet<>();
    private int bufferCount;
    private int channelCount;
    private long vramBytes;
    private long gartBytes;
    private boolean closed;

    private RenderFile(RenderDevice device, String name, RenderLimits limits) {
        this.device = device;
        this.name = name;
        this.limits = limits;
        this.vm = new RenderVm(this, device.session().createAddressSpace(name));
    }

    static RenderFile create(RenderDevice device, String name, RenderLimits limits) {
        if (name.isBlank() || name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw new CoreException(
                    CoreError.INVALID, "A file's name takes 1 to " + LONGEST_NAME + " printable characters.");
        }
        return new RenderFile(device, name, limits);
    }

    RenderDevice device() {
        return device;
    }

    public String name() {
        return name;
    }

    public RenderLimits limits() {
        return limits;
    }

    /** The file's address space. */
    public RenderVm vm() {
        return vm;
    }

    /** What it has now. */
    public Usage usage() {
        return device.locked(() ->
                new Usage(name, bufferCount, vramBytes, gartBytes, channelCount, syncObjects.size(), vm.bindCount()));
    }

    /**
     * Makes a buffer, zeroed.
     *
     * @param sizeBytes rounded up to whole pages of 4 KiB
     * @throws CoreException {@code NO_SPACE} if a limit or the memory does not allow it, {@code INVALID}
     */
    public BufferObject createBuffer(BufferObject.Placement placement, long sizeBytes) {
        if (sizeBytes < 1 || sizeBytes > 1L << 40) {
            throw new CoreException(CoreError.INVALID, "A buffer of " + sizeBytes + " bytes: it takes 1 to 2^40.");
        }
        long size = (sizeBytes + 4095) & -4096L;
        device.change(() -> reserve(placement, size));
        boolean taken = false;
        try {
            BufferObject buffer = new BufferObject(this, placement, take(placement, size));
            taken = true;
            device.change(() -> buffers.add(buffer));
            if (device.locked(() -> closed)) {
                buffer.close();
                throw closed();
            }
            return buffer;
        } finally {
            if (!taken) {
                device.change(() -> release(placement, size));
            }
        }
    }

    private GpuMemory take(BufferObject.Placement placement, long sizeBytes) {
        CoreSession session = device.session();
        return switch (placement) {
            case GART -> session.allocateHostMemory(name, sizeBytes);
            case VRAM -> {
                boolean large = sizeBytes % LARGE_PAGE == 0;
                var range = session.allocateFb(new FbRequest(
                        name,
                        sizeBytes,
                        large ? FbRequest.Alignment.LARGE_PAGE : FbRequest.Alignment.PAGE,
                        FbRequest.Position.TOP_DOWN));
                try {
                    // What another user left there is none of this one's business.
                    session.scrub(range);
                } catch (RuntimeException failure) {
                    range.close();
                    throw failure;
                }
                yield range;
            }
        };
    }

    private void reserve(BufferObject.Placement placement, long sizeBytes) {
        checkUsable();
        long used = placement == BufferObject.Placement.VRAM ? vramBytes : gartBytes;
        long most = placement == BufferObject.Placement.VRAM ? limits.vramBytes() : limits.gartBytes();
        if (sizeBytes > most - used) {
            throw new CoreException(
                    CoreError.NO_SPACE,
                    sizeBytes + " bytes of " + placement + " for \"" + name + "\": it has " + used + " of its " + most
                            + ".");
        }
        if (bufferCount >= limits.buffers()) {
            throw full("buffers", limits.buffers());
        }
        bufferCount++;
        count(placement, sizeBytes);
    }

    private void count(BufferObject.Placement placement, long sizeBytes) {
        if (placement == BufferObject.Placement.VRAM) {
            vramBytes += sizeBytes;
        } else {
            gartBytes += sizeBytes;
        }
    }

    /** With the lock. */
    void release(BufferObject.Placement placement, long sizeBytes) {
        bufferCount--;
        count(placement, -sizeBytes);
    }

    /** With the lock. */
    void remove(BufferObject buffer) {
        buffers.remove(buffer);
    }

    /**
     * Makes a timeline.
     *
     * @param value where it begins, at least 0
     * @throws CoreException {@code NO_SPACE} beyond the limit, {@code INVALID}
     */
    public SyncObject createSyncObject(long value) {
        if (value < 0) {
            throw new CoreException(CoreError.INVALID, "A timeline cannot begin at " + value + ".");
        }
        return device.locked(() -> {
            checkUsable();
            if (syncObjects.size() >= limits.syncObjects()) {
                throw full("sync objects", limits.syncObjects());
            }
            SyncObject object = new SyncObject(this, value);
            syncObjects.add(object);
            return object;
        });
    }

    /** With the lock. */
    void remove(SyncObject object) {
        syncObjects.remove(object);
    }

    /**
     * Opens a channel that works in the file's VM.
     *
     * @param engine one of {@link RenderDevice#engines}
     * @throws CoreException {@code NO_SPACE} beyond the limit or if the GPU has no channel left, {@code INVALID}
     */
    public RenderChannel openChannel(EngineInfo engine) {
        device.change(() -> {
            checkUsable();
            if (channelCount >= limits.channels()) {
                throw full("channels", limits.channels());
            }
            channelCount++;
        });
        boolean opened = false;
        try {
            RenderChannel channel = RenderChannel.open(this, engine);
            opened = true;
            device.change(() -> channels.add(channel));
            if (device.locked(() -> closed)) {
                channel.close();
                throw closed();
            }
            return channel;
        } finally {
            if (!opened) {
                device.change(() -> channelCount--);
            }
        }
    }

    /** With the lock. */
    void remove(RenderChannel channel) {
        if (channels.remove(channel)) {
            channelCount--;
        }
    }

    private CoreException full(String what, int limit) {
        return new CoreException(
                CoreError.NO_SPACE, "\"" + name + "\" has all " + limit + " " + what + " of its limit.");
    }

    private CoreException closed() {
        return new CoreException(CoreError.CLOSED, "The file \"" + name + "\" is closed.");
    }

    /** With the lock. */
    void checkUsable() {
        device.checkUsable();
        if (closed) {
            throw closed();
        }
    }

    /** With the lock: retires what is done and starts what can be. Whether a point came. */
    boolean advance() {
        boolean came = vm.advance();
        for (RenderChannel channel : channels) {
            came |= channel.advance();
        }
        return came;
    }

    /** With the lock: what the firmware says of a channel, before it says that it has stopped. */
    void note(CoreEvent.OsError error) {
        channels.forEach(channel -> channel.note(error));
    }

    /** With the lock: a channel was stopped. */
    void fail(CoreEvent.ChannelError error) {
        channels.forEach(channel -> channel.stopped(error));
    }

    /** With the lock: nothing will ever be done any more. */
    void lose(CoreException why) {
        channels.forEach(channel -> channel.lose(why));
        vm.lose(why);
    }

    /** Stops its work and gives everything back. Without effect the second time; never throws. */
    @Override
    public void close() {
        boolean first = device.locked(() -> {
            boolean was = closed;
            closed = true;
            return !was;
        });
        if (!first) {
            return;
        }
        device.change(() -> vm.shut(closed()));
        device.locked(() -> List.copyOf(channels)).forEach(RenderChannel::close);
        vm.close();
        device.locked(() -> List.copyOf(buffers)).forEach(BufferObject::close);
        device.locked(() -> List.copyOf(syncObjects)).forEach(SyncObject::close);
        device.change(() -> device.remove(this));
    }
}
