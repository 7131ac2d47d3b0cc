// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FunctionTasksTest {
    private final FunctionTasks tasks = new FunctionTasks("test");

    @Test
    void runsInOrderAndEndsItsThread() {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 100; i++) {
            int number = i;
            tasks.execute(() -> order.add(number));
        }
        tasks.finish();
        assertThat(order).isSorted().hasSize(100);
        assertThat(tasks.isIdle()).isTrue();
    }

    /** Whatever a task throws, the next one runs, and a reset that waits for the tasks ends. */
    @Test
    void aTaskThatFailsTakesNothingWithIt() {
        tasks.execute(() -> {
            throw new IllegalStateException("wrong");
        });
        tasks.execute(FunctionTasksTest::endless);
        tasks.execute(() -> {
            throw new AssertionError("very wrong");
        });
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        tasks.execute(() -> ran.add("next"));
        tasks.finish();
        tasks.cancelAndWait();
        assertThat(ran).containsExactly("next");
        assertThat(tasks.failures()).isEqualTo(3);
    }

    @SuppressWarnings("InfiniteRecursion") // That is what it is for.
    private static void endless() {
        endless();
    }

    @Test
    void refusesMoreThanMayWait() {
        CountDownLatch go = new CountDownLatch(1);
        tasks.execute(() -> awaitQuietly(go));
        while (tasks.isIdle()) {
            Thread.onSpinWait();
        }
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> {
                    for (int i = 0; i <= FunctionTasks.MAX_WAITING; i++) {
                        tasks.execute(() -> {});
                    }
                })
                .withMessageContaining("1024");
        go.countDown();
        tasks.finish();
        assertThat(tasks.isIdle()).isTrue();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
