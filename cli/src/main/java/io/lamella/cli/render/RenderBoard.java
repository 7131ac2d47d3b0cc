// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.render;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.EngineInfo;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.drm.BindOp;
import io.lamella.drm.BufferObject;
import io.lamella.drm.BufferObject.Placement;
import io.lamella.drm.PushWriter;
import io.lamella.drm.RenderChannel;
import io.lamella.drm.RenderDevice;
import io.lamella.drm.RenderFile;
import io.lamella.drm.RenderLimits;
import io.lamella.drm.SyncObject;
import io.lamella.drm.SyncPoint;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.pci.LocalSlot;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A software GPU of the command's own, booted, with a file of the DRM peer. */
final class RenderBoard implements AutoCloseable {
    private static final long PUSH = 0x10_0000;
    private static final int PUSH_BYTES = 1 << 20;
    /** The slowest that is not a hang. */
    private static final long FEWEST_BYTES_PER_SECOND = 16 << 20;

    /** What was made, newest first. */
    private final Deque<AutoCloseable> made = new ArrayDeque<>();

    private final RenderDevice device;
    private final RenderFile file;

    RenderBoard(RenderOptions options) {
        try {
            SoftwareGpu board = SoftwareGpu.builder("render").build();
            made.push(board);
            LocalSlot slot = new LocalSlot(board.physicalFunction());
            made.push(slot);
            GpuCore core = options.core
                    .choice()
                    .open(slot, firmware(options.firmware), CoreOptions.DEFAULT.withFirmwareReleases(options.firmware));
            made.push(core);
            device = RenderDevice.open(core);
            made.push(device);
            file = device.openFile("lamella render", RenderLimits.DEFAULT);
        } catch (RuntimeException failure) {
            close();
            throw failure;
        }
    }

    /** The synthetic files; this side runs without the host, which has them too. */
    private static FirmwareSource firmware(String release) {
        Map<String, byte[]> files = SyntheticFirmware.files(release);
        return name -> Optional.ofNullable(files.get(name)).map(byte[]::clone);
    }

    RenderDevice device() {
        return device;
    }

    RenderFile file() {
        return file;
    }

    /** An engine by its name, or the first for none. */
    EngineInfo engine(String name) {
        return device.engines().stream()
                .filter(engine -> name.isEmpty() || engine.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new CoreException(
                        CoreError.NOT_FOUND,
                        "There is no engine '" + name + "'; there are "
                                + device.engines().stream()
                                        .map(EngineInfo::name)
                                        .collect(Collectors.joining(", "))
                                + "."));
    }

    BufferObject bound(MemoryKind kind, long sizeBytes, long address) {
        BufferObject buffer = file.createBuffer(kind == MemoryKind.vram ? Placement.VRAM : Placement.GART, sizeBytes);
        file.vm().bind(BindOp.map(address, buffer));
        return buffer;
    }

    void unbind(BufferObject buffer, long address) {
        file.vm().bind(new BindOp.Unmap(address, buffer.sizeBytes()));
        buffer.close();
    }

    /** A channel, and what it takes to feed it. */
    final class Feed {
        final PushWriter writer;
        private final RenderChannel channel;
        private final SyncObject timeline = file.createSyncObject(0);
        private long point;

        Feed(EngineInfo engine) {
            channel = file.openChannel(engine);
            writer = new PushWriter(
                    bound(MemoryKind.gart, PUSH_BYTES, PUSH).segment().orElseThrow(), PUSH);
            writer.bind(engine);
        }

        /** Lets the engine do what was written. Returns how long it took, from the call to the wake-up. */
        long runNanos(long sizeBytes) throws InterruptedException {
            var push = writer.push();
            long start = System.nanoTime();
            channel.exec(List.of(push), List.of(), List.of(new SyncPoint(timeline, ++point)));
            timeline.await(point, Duration.ofSeconds(30 + sizeBytes / FEWEST_BYTES_PER_SECOND));
            long nanos = System.nanoTime() - start;
            writer.rewind();
            return nanos;
        }
    }

    @Override
    public void close() {
        for (AutoCloseable each : made) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        made.clear();
    }
}
