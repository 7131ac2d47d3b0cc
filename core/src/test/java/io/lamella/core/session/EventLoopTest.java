// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.CoreEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventLoopTest {
    private final List<CoreEvent> delivered = new CopyOnWriteArrayList<>();

    @Test
    void interruptsDoNotCrowdOutWhatComesOnce() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CoreEvent last = new CoreEvent.ChannelError(0, 9, 1, 31);
        CountDownLatch lastCame = new CountDownLatch(1);
        EventLoop loop = new EventLoop("test", () -> {}, (event, number) -> {
            delivered.add(event);
            entered.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (event.equals(last)) {
                lastCame.countDown();
            }
        });
        loop.start();
        loop.post(new CoreEvent.SrIovChanged(1));
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 100_000; i++) {
            loop.post(new CoreEvent.NonStall(32 + i % 3));
        }
        loop.post(last);
        goOn.countDown();
        assertThat(lastCame.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(delivered)
                .containsExactly(
                        new CoreEvent.SrIovChanged(1),
                        new CoreEvent.NonStall(32),
                        new CoreEvent.NonStall(33),
                        new CoreEvent.NonStall(34),
                        last);
        loop.post(new CoreEvent.NonStall(32));
        loop.close();
        assertThat(delivered).last().isEqualTo(new CoreEvent.NonStall(32));
    }

    /** Who attaches while an interrupt waits hears of the next one too. */
    @Test
    void anInterruptThatStandsForOthersIsAsNewAsTheLast() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        List<Long> numbers = new CopyOnWriteArrayList<>();
        EventLoop loop = new EventLoop("test", () -> {}, (event, number) -> {
            numbers.add(number);
            entered.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        loop.start();
        loop.post(new CoreEvent.SrIovChanged(1));
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        loop.post(new CoreEvent.NonStall(32));
        long attached = loop.posted();
        loop.post(new CoreEvent.NonStall(32));
        goOn.countDown();
        loop.close();
        assertThat(numbers).hasSize(2);
        assertThat(numbers.getLast()).isGreaterThanOrEqualTo(attached);
    }
}
