// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class IdlenessTest {
    @Test
    void tellsWaitingFromWorking() throws Exception {
        Process sleeping = new ProcessBuilder("sleep", "60").start();
        Process working = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
        try {
            Idleness waits = new Idleness(sleeping.pid());
            Idleness works = new Idleness(working.pid());
            Thread.sleep(1000);
            assertThat(waits.soFar()).isGreaterThan(Duration.ofMillis(900));
            assertThat(works.soFar()).isLessThan(Duration.ofMillis(300));
        } finally {
            sleeping.destroyForcibly().waitFor();
            working.destroyForcibly().waitFor();
        }
    }
}
