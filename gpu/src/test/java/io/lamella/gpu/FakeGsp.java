// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import io.lamella.gpu.port.GspBoot;
import io.lamella.gpu.port.GspHost;
import io.lamella.gpu.port.GspPort;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A GSP that remembers what its registers told it. */
final class FakeGsp implements GspPort {
    final GspHost host;
    final List<String> events = new CopyOnWriteArrayList<>();
    private volatile @Nullable GspBoot boot;
    /** Whether it has something to resume. */
    volatile boolean sleeps;

    FakeGsp(GspHost host) {
        this.host = host;
    }

    /** What it was started with. */
    GspBoot boot() {
        return Objects.requireNonNull(boot, "the GSP was not started");
    }

    @Override
    public void start(GspBoot newBoot) {
        boot = newBoot;
        events.add("start");
    }

    @Override
    public boolean resume() {
        events.add("resume");
        return sleeps;
    }

    @Override
    public void doorbell() {
        events.add("doorbell");
    }

    @Override
    public void hostDoorbell(int value) {
        events.add("host " + value);
    }

    @Override
    public void stop() {
        events.add("stop");
    }

    @Override
    public void reset() {
        events.add("reset");
    }

    @Override
    public void close() {
        events.add("close");
    }
}
