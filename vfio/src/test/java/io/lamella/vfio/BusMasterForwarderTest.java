// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.vgpu.VgpuException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BusMasterForwarderTest {
    private final List<Boolean> told = new CopyOnWriteArrayList<>();

    @Test
    void theGuestNeverWaitsAndTheTaskHearsOfTheLastChange() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(2);
        BusMasterForwarder forwarder = new BusMasterForwarder("test", enabled -> {
            told.add(enabled);
            entered.countDown();
            second.countDown();
            try {
                assertThat(mayGoOn.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        forwarder.set(true);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        forwarder.set(false);
        forwarder.set(true);
        forwarder.set(false);
        mayGoOn.countDown();
        assertThat(second.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(told).containsExactly(true, false);
    }

    @Test
    void afterAResetTheTaskHearsOfTheBitAgain() {
        BusMasterForwarder forwarder = new BusMasterForwarder("test", told::add);
        forwarder.set(true);
        while (told.isEmpty()) {
            Thread.onSpinWait();
        }
        forwarder.forget();
        forwarder.set(true);
        while (told.size() < 2) {
            Thread.onSpinWait();
        }
        assertThat(told).containsExactly(true, true);
    }

    @Test
    void aTaskThatRefusesDoesNotStopIt() {
        BusMasterForwarder forwarder = new BusMasterForwarder("test", enabled -> {
            told.add(enabled);
            throw new VgpuException(VgpuException.Reason.FIRMWARE, "The task refused for a test.");
        });
        forwarder.set(true);
        while (told.isEmpty()) {
            Thread.onSpinWait();
        }
        forwarder.forget();
        forwarder.set(true);
        while (told.size() < 2) {
            Thread.onSpinWait();
        }
        assertThat(told).containsExactly(true, true);
    }
}
