// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Ten thousand damaged messages; {@link HostileTest} looks at what is left afterwards. */
class MutationHostileTest extends HostileTest {
    @Test
    void tenThousandDamagedMessages() {
        long seed = Long.getLong("lamella.seed", System.nanoTime());
        System.out.println("MutationHostileTest: seed " + seed + " (repeat with -Dlamella.seed=" + seed + ")");
        MutationRun.Outcome outcome = MutationRun.run(socket(), seed, 10_000);
        System.out.println(outcome);
        assertThat(outcome.messages()).isEqualTo(10_000);
        assertThat(outcome.connections()).isGreaterThan(100);
    }

    @Test
    void theSameSeedDoesTheSame() {
        MutationRun.Outcome first = MutationRun.run(socket(), 42, 300);
        MutationRun.Outcome second = MutationRun.run(socket(), 42, 300);
        // When the server hangs up, and so how often it is connected to, is a matter of time.
        assertThat(second.fingerprint()).isEqualTo(first.fingerprint());
        assertThat(second.departures()).isEqualTo(first.departures());
        assertThat(MutationRun.run(socket(), 43, 300).fingerprint()).isNotEqualTo(first.fingerprint());
    }
}
