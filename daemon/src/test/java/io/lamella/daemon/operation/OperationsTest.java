// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.daemon.http.ProblemCode;
import io.lamella.daemon.http.ProblemException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OperationsTest {
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Operations operations = new Operations(
            new Operations.Limits(2, 3, 4),
            InstantSource.system(),
            failure -> failure instanceof ProblemException problem
                    ? problem
                    : new ProblemException(ProblemCode.INTERNAL, "It failed."));

    @AfterEach
    void close() {
        gate.countDown();
        operations.close();
    }

    private Operation blocked(String target) {
        return operations.begin("wait", target, target, () -> {
            if (!gate.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody opened");
            }
            return Map.of("target", target);
        });
    }

    @Test
    void runSoManyAndKeepTheOthersWaiting() throws Exception {
        List<Operation> all = List.of(blocked("a"), blocked("b"), blocked("c"), blocked("d"), blocked("e"));
        assertThat(all)
                .extracting(Operation::status)
                .containsExactly("running", "running", "pending", "pending", "pending");
        assertThatThrownBy(() -> blocked("f"))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.status()).isEqualTo(429));
        assertThat(operations.load()).isEqualTo(new Operations.Load(3, 2));
        assertThat(operations.await(all.getFirst().id(), 20).isOver()).isFalse();
        assertThat(operations.cancel(all.get(3).id()).status()).isEqualTo("cancelled");
        assertThatThrownBy(() -> operations.cancel(all.getFirst().id()))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo("not-cancellable"));
        gate.countDown();
        Operation last = operations.await(all.getLast().id(), 30_000);
        assertThat(last.status()).isEqualTo("succeeded");
        assertThat(Objects.requireNonNull(last.result()).path("target").asString())
                .isEqualTo("e");
        assertThat(Objects.requireNonNull(last.finishedAt()))
                .isAfterOrEqualTo(Objects.requireNonNull(last.startedAt()));
    }

    @Test
    void failuresAreDocuments() throws Exception {
        Operation begun = operations.begin("fail", "x", "x", () -> {
            throw new ProblemException(409, "other-size", "Other size", "It is of another size.", List.of());
        });
        Operation over = operations.await(begun.id(), 30_000);
        assertThat(over.status()).isEqualTo("failed");
        assertThat(Objects.requireNonNull(over.problem()).code()).isEqualTo("other-size");
        assertThat(over.says()).isEqualTo("It is of another size.");
        Operation fault = operations.begin("fault", "x", "x", () -> {
            throw new IllegalStateException("inside");
        });
        assertThat(Objects.requireNonNull(operations.await(fault.id(), 30_000).problem())
                        .detail())
                .isEqualTo("It failed.");
    }

    @Test
    void tellWhatHappensInThem() throws Exception {
        Operation begun = blocked("a");
        operations.happened("b", "That is another's.");
        operations.happened("a", "Half of it is done.");
        assertThat(operations.get(begun.id()).says()).isEqualTo("Half of it is done.");
        assertThat(operations.get(begun.id()).steps()).isEqualTo(1);
        gate.countDown();
        assertThat(operations.await(begun.id(), 30_000).steps()).isEqualTo(1);
    }

    @Test
    void onlyTheLastAreKept() throws Exception {
        String first = "";
        for (int i = 0; i < 10; i++) {
            Operation begun = operations.begin("quick", "x", "x", () -> null);
            first = i == 0 ? begun.id() : first;
            Operation _ = operations.await(begun.id(), 30_000);
        }
        assertThat(operations.list()).hasSize(4);
        String gone = first;
        assertThatThrownBy(() -> operations.get(gone))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.status()).isEqualTo(404));
    }

    @Test
    void closingCancelsWhatWaitsAndLetsTheRestEnd() {
        List<Operation> all = List.of(blocked("a"), blocked("b"), blocked("c"));
        Thread opener = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            gate.countDown();
        });
        operations.close();
        assertThat(opener.isAlive()).isFalse();
        assertThat(operations.get(all.get(0).id()).status()).isEqualTo("succeeded");
        assertThat(operations.get(all.get(2).id()).status()).isEqualTo("cancelled");
        assertThatThrownBy(() -> blocked("d"))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.status()).isEqualTo(503));
    }
}
