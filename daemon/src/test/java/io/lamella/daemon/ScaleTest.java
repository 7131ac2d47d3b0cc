// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.VgpuDefinition;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScaleTest {
    @TempDir
    Path folder;

    /** What it takes the daemon to answer with a list of 256, the way to the client and back included. */
    @Test
    void aLongListIsThereAtOnce() throws Exception {
        try (TestDaemon daemon = new TestDaemon(folder, 1);
                DaemonClient client = daemon.client()) {
            for (int i = 0; i < 256; i++) {
                client.define(VgpuDefinition.of("L40-1Q").withName("v" + i));
            }
            long best = Long.MAX_VALUE;
            for (int i = 0; i < 30; i++) {
                long begun = System.nanoTime();
                String text = client.send("GET", "/v1/vgpus", null, OptionalLong.empty())
                        .text();
                best = Math.min(best, System.nanoTime() - begun);
                assertThat(text).contains("\"v255\"");
            }
            System.out.printf("a list of 256 vGPUs: %.1f ms%n", best / 1e6);
            assertThat(best).isLessThan(50_000_000L);
        }
    }
}
