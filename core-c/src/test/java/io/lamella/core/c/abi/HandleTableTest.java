// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class HandleTableTest {
    private final HandleTable table = new HandleTable();

    @Test
    void aNumberIsNeverGivenTwice() {
        long first = table.add("first");
        assertThat(table.remove(first)).isTrue();
        assertThat(table.remove(first)).isFalse();
        long second = table.add("second");
        assertThat(second).isNotEqualTo(first);
        assertThat(table.find(first, String.class)).isNull();
        assertThat(table.find(second, String.class)).isEqualTo("second");
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void tellsClosedFromUnknown() {
        long text = table.add("text");
        long number = table.add(5);
        assertThatThrownBy(() -> table.get(number, String.class, "text")).satisfies(failsWith(CoreError.NOT_FOUND));
        table.remove(text);
        assertThatThrownBy(() -> table.get(text, String.class, "text"))
                .satisfies(failsWith(CoreError.CLOSED))
                .hasMessageContaining("was closed");
        for (long nothing : new long[] {0, -1, Long.MIN_VALUE, text + (1L << 40), number + 7}) {
            assertThatThrownBy(() -> table.get(nothing, String.class, "text"))
                    .satisfies(failsWith(CoreError.NOT_FOUND));
        }
    }

    private static java.util.function.Consumer<Throwable> failsWith(CoreError error) {
        return failure -> assertThat(((CoreException) failure).error()).isEqualTo(error);
    }

    @Test
    void agreesWithAMapWhateverIsAddedAndRemoved() {
        long seed = System.nanoTime();
        System.out.println("HandleTableTest seed " + seed);
        Random random = new Random(seed);
        Map<Long, Integer> model = new HashMap<>();
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (all.isEmpty() || random.nextInt(3) != 0) {
                long handle = table.add(i);
                assertThat(model.put(handle, i)).isNull();
                all.add(handle);
            } else {
                long handle = all.get(random.nextInt(all.size()));
                assertThat(table.remove(handle)).isEqualTo(model.remove(handle) != null);
            }
        }
        for (long handle : all) {
            assertThat(table.find(handle, Integer.class)).isEqualTo(model.get(handle));
            assertThat(table.wasTaken(handle)).isEqualTo(!model.containsKey(handle));
        }
        assertThat(table.size()).isEqualTo(model.size());
    }

    @Test
    void threadsSeeWhatTheyAdded() throws InterruptedException {
        Set<Long> seen = ConcurrentHashMap.newKeySet();
        Set<String> wrong = ConcurrentHashMap.newKeySet();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 5_000; i++) {
                    Integer object = i;
                    long handle = table.add(object);
                    if (!object.equals(table.find(handle, Integer.class))
                            || !seen.add(handle)
                            || !table.remove(handle)) {
                        wrong.add("handle " + handle);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(table.size()).isZero();
    }
}
