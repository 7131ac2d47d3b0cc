// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.core.GpuCore;
import io.lamella.drm.BindOp;
import io.lamella.drm.BufferObject;
import io.lamella.drm.BufferObject.Placement;
import io.lamella.drm.Push;
import io.lamella.drm.PushWriter;
import io.lamella.drm.RenderChannel;
import io.lamella.drm.RenderDevice;
import io.lamella.drm.RenderFile;
import io.lamella.drm.RenderLimits;
import io.lamella.drm.SyncObject;
import io.lamella.drm.SyncPoint;
import io.lamella.gpu.BoardIdentity;
import io.lamella.gpu.SoftwareGpu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;

/** A file on a software GPU, with a push buffer, a channel and a timeline. */
final class RenderRig implements AutoCloseable {
    static final long PUSH = 0x10_0000;
    static final Duration LONG = Duration.ofSeconds(20);
    private static final int PUSH_BYTES = 1 << 20;

    final SoftwareGpuRig rig;
    final GpuCore core;
    final RenderDevice device;
    final RenderFile file;
    final PushWriter writer;
    final RenderChannel channel;
    final SyncObject timeline;
    private long point;

    RenderRig() {
        this(RenderLimits.DEFAULT);
    }

    RenderRig(RenderLimits limits) {
        this(BoardIdentity.L40, "570.144", limits);
    }

    RenderRig(BoardIdentity board, String release, RenderLimits limits) {
        rig = new SoftwareGpuRig(SoftwareGpu.builder("it").identity(board));
        core = rig.open(release);
        device = RenderDevice.open(core);
        file = device.openFile("test", limits);
        channel = file.openChannel(device.engines().getFirst());
        timeline = file.createSyncObject(0);
        writer = writer(file, PUSH);
        writer.bind(channel.engine());
    }

    static PushWriter writer(RenderFile file, long address) {
        BufferObject buffer = file.createBuffer(Placement.GART, PUSH_BYTES);
        file.vm().bind(BindOp.map(address, buffer));
        return new PushWriter(buffer.segment().orElseThrow(), address);
    }

    BufferObject bound(Placement placement, long sizeBytes, long address) {
        BufferObject buffer = file.createBuffer(placement, sizeBytes);
        file.vm().bind(BindOp.map(address, buffer));
        return buffer;
    }

    /** Gives the channel what was written. */
    SyncPoint exec(SyncPoint... waits) {
        return exec(writer.push(), waits);
    }

    SyncPoint exec(Push push, SyncPoint... waits) {
        SyncPoint done = new SyncPoint(timeline, ++point);
        channel.exec(List.of(push), List.of(waits), List.of(done));
        return done;
    }

    void run() throws InterruptedException {
        timeline.await(exec().point(), LONG);
    }

    static byte[] bytes(BufferObject buffer) {
        MemorySegment copy = MemorySegment.ofArray(new byte[(int) buffer.sizeBytes()]);
        buffer.read(0, copy);
        return copy.toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void close() {
        device.close();
        core.close();
        rig.close();
    }
}
