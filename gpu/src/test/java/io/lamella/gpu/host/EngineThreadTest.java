// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.HostMethod;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineThreadTest {
    private static final long AT = ChannelFixture.VIDEO + 0x100;
    private static final int RUNLIST = 1;

    private final ChannelFixture fixture = new ChannelFixture();
    private final FunctionChannels function = fixture.function;
    private final Channel channel = Objects.requireNonNull(function.create(fixture.spec(false)));

    @AfterEach
    void close() {
        fixture.engines.close();
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            java.util.concurrent.locks.LockSupport.parkNanos(100_000);
        }
    }

    private int word(long address) {
        try {
            return fixture.space.readInt(address, Access.READ);
        } catch (MmuFault e) {
            throw new AssertionError(e);
        }
    }

    private void pushRelease(int value) {
        pushSemaphore(AT, value, 1);
    }

    private void pushSemaphore(long address, int value, int execute) {
        fixture.push(ChannelFixture.methods(
                0,
                HostMethod.SEM_ADDR_LO.offset(),
                (int) address,
                HostMethod.SEM_PAYLOAD_LO.offset(),
                value,
                HostMethod.SEM_EXECUTE.offset(),
                execute));
    }

    private void pushLongCopy() {
        fixture.push(ChannelFixture.methods(
                4,
                0,
                CopyMethod.CLASS_ID,
                CopyMethod.OFFSET_IN_LOWER.offset(),
                (int) ChannelFixture.VIDEO,
                CopyMethod.OFFSET_OUT_LOWER.offset(),
                (int) ChannelFixture.SYSTEM,
                CopyMethod.LINE_LENGTH_IN.offset(),
                64,
                CopyMethod.LINE_COUNT.offset(),
                -1,
                CopyMethod.LAUNCH_DMA.offset(),
                2 | 1 << 7 | 1 << 8 | 1 << 9));
    }

    private void ring() {
        function.doorbell(RUNLIST << 16 | 3);
    }

    @Test
    void aDoorbellRunsAScheduledChannel() {
        pushRelease(5);
        ring();
        function.schedule(channel, true);
        await("what was there before scheduling", () -> word(AT) == 5);
        pushRelease(6);
        ring();
        await("the second", () -> word(AT) == 6);
    }

    @Test
    void otherDoorbellsDoNothing() throws InterruptedException {
        function.schedule(channel, true);
        // Scheduling makes it look at its ring once.
        Thread.sleep(20);
        pushRelease(5);
        function.doorbell(3);
        function.doorbell(RUNLIST << 16 | 4);
        function.doorbell(-1);
        function.doorbell(0x7fff_ffff);
        Thread.sleep(5);
        assertThat(word(AT)).isZero();
    }

    @Test
    void aChannelThatIsNotScheduledWaits() throws InterruptedException {
        function.schedule(channel, true);
        function.schedule(channel, false);
        pushRelease(5);
        ring();
        Thread.sleep(5);
        assertThat(word(AT)).isZero();
        function.schedule(channel, true);
        await("scheduling again", () -> word(AT) == 5);
    }

    @Test
    void aParkedChannelWakesWhenMemoryChanges() throws MmuFault, InterruptedException {
        function.schedule(channel, true);
        pushSemaphore(AT + 64, 1, 0 | 1 << 12);
        pushRelease(5);
        ring();
        Thread.sleep(20);
        assertThat(word(AT)).isZero();
        long before = function.busyNanos();
        Thread.sleep(100);
        // Looking at the semaphore costs next to nothing.
        assertThat(function.busyNanos() - before).isLessThan(50_000_000L);
        fixture.fb.writeInt(0x80_0000 + ChannelFixture.AREA_BYTES - 4096 + 0x140, 1);
        await("the acquire", () -> word(AT) == 5);
    }

    @Test
    void freeingAChannelThatWorksForLongReturnsSoon() {
        function.schedule(channel, true);
        pushLongCopy();
        ring();
        await("work", () -> function.busyNanos() > 0);
        long begun = System.nanoTime();
        function.free(channel);
        assertThat(System.nanoTime() - begun).isLessThan(2_000_000_000L);
        assertThat(function.count()).isZero();
        await("the thread's end", () -> !fixture.engines.isRunning());
    }

    @Test
    void unschedulingAChannelThatWorksForLongReturnsSoon() {
        function.schedule(channel, true);
        pushLongCopy();
        ring();
        await("work", () -> function.busyNanos() > 0);
        function.schedule(channel, false);
        long before = function.busyNanos();
        assertThat(function.busyNanos()).isEqualTo(before);
    }

    @Test
    void aFaultStopsOneChannelAndIsReportedOnce() {
        function.schedule(channel, true);
        fixture.push(ChannelFixture.methods(0, HostMethod.ILLEGAL.offset(), 0));
        ring();
        await("the report", () -> function.faults().size() == 1);
        pushRelease(5);
        ring();
        function.schedule(channel, true);
        function.free(channel);
        assertThat(word(AT)).isZero();
        assertThat(fixture.reports).hasSize(1);
        assertThat(fixture.reports.getFirst().xid()).isEqualTo(32);
        // Its id is free again, and a new channel works; it begins with the ring's first entry.
        fixture.writeUserd(io.lamella.hw.method.Userd.GP_PUT, 0);
        Channel next = Objects.requireNonNull(function.create(fixture.spec(false)));
        function.schedule(next, true);
        assertThat(function.count()).isEqualTo(1);
    }

    @Test
    void functionsTakeTurnsWhileOneIsBusyForever() {
        ChannelFixture other = new ChannelFixture();
        FunctionChannels second = new FunctionChannels(
                "second", 2, fixture.engines, function.runlists(), vector -> {}, () -> 0, report -> {});
        Channel quick = Objects.requireNonNull(second.create(other.spec(false)));
        second.schedule(quick, true);
        function.schedule(channel, true);
        pushLongCopy();
        ring();
        await("work", () -> function.busyNanos() > 0);
        for (int i = 1; i <= 20; i++) {
            int value = i;
            other.push(ChannelFixture.methods(
                    0,
                    HostMethod.SEM_ADDR_LO.offset(),
                    (int) AT,
                    HostMethod.SEM_PAYLOAD_LO.offset(),
                    value,
                    HostMethod.SEM_EXECUTE.offset(),
                    1));
            second.doorbell(RUNLIST << 16 | 3);
            await("turn " + i, () -> other.fb.readInt(0x80_0000 + ChannelFixture.AREA_BYTES - 4096 + 0x100) == value);
        }
        assertThat(fixture.engines.schedulerLog()).hasSizeGreaterThan(20);
        second.free(quick);
    }

    @Test
    void idsAreTakenOnce() {
        assertThat(function.create(fixture.spec(false))).isNull();
        Channel other = function.create(fixture.spec(4, false));
        assertThat(other).isNotNull();
        function.stopAndWait();
        assertThat(function.count()).isZero();
    }
}
