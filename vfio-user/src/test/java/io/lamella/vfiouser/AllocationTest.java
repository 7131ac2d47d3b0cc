// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lamella.linux.UnixSocket;
import io.lamella.vfiouser.client.VfioUserClient;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.VfioUserServer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What messages cost in memory: nothing, on the server's thread, once it is warm. */
class AllocationTest {
    @Test
    void messagesAllocateNothing() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        UnixSocket.Pair pair = UnixSocket.pair();
        try (RecordingFunction function = new RecordingFunction();
                VfioUserServer server =
                        VfioUserServer.serve(function, pair.second(), ServerOptions.DEFAULTS, function);
                VfioUserClient client = VfioUserClient.over(pair.first(), 5000);
                Arena arena = Arena.ofConfined()) {
            long thread = Thread.getAllStackTraces().keySet().stream()
                    .filter(t -> t.getName().equals("vfio-user accepted client"))
                    .findFirst()
                    .orElseThrow()
                    .threadId();
            MemorySegment page = arena.allocate(4096);
            long[] values = new long[32];
            long perRound = Long.MAX_VALUE;
            for (int attempt = 0; attempt < 40 && perRound > 0; attempt++) {
                client.readRegion(0, 0, 4);
                long before = threads.getThreadAllocatedBytes(thread);
                for (int i = 0; i < 1000; i++) {
                    client.readRegion(0, 64, 4);
                    client.writeRegion(0, 64, 8, i);
                    client.postWrite(0, 64, 4, i);
                    client.readRegion(0, 4096, page);
                    client.writeRegion(0, 4096, page);
                    client.readPipelined(0, 0, 4, 4, values);
                    client.readRegion(7, 0, 4);
                }
                perRound = (threads.getThreadAllocatedBytes(thread) - before) / 1000;
            }
            assertThat(perRound).as("bytes for seven kinds of access").isZero();
            assertThat(server.statistics().refused()).isZero();
        }
    }
}
