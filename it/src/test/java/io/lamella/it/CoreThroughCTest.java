// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.CoreProvider;
import io.lamella.core.CoreSession;
import io.lamella.core.GpuCore;
import io.lamella.core.GspClient;
import io.lamella.core.RmRequest;
import io.lamella.core.c.NativeCoreProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same, with every call going through the core's table for C and back. */
class CoreThroughCTest extends CoreBootTest {
    @BeforeAll
    static void useTheTable() {
        SoftwareGpuRig.cores = NativeCoreProvider.loopback();
    }

    @AfterAll
    static void useTheCore() {
        SoftwareGpuRig.cores = CoreProvider.JAVA;
    }

    /**
     * A virtual thread in a call to C cannot leave its carrier. The software GPU's firmware runs on virtual threads too, so a few callers
     * that wait for it on the carriers would wait for ever.
     */
    @Test
    @Timeout(30)
    void moreVirtualThreadsThanProcessorsMayWaitForTheFirmware() throws InterruptedException {
        Set<String> failures = ConcurrentHashMap.newKeySet();
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open("570.144");
                CoreSession session = rig.attach(core)) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try (GspClient client = session.openGspClient("virtual")) {
                        for (int j = 0; j < 5; j++) {
                            client.control(client.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE"));
                        }
                    } catch (RuntimeException failure) {
                        failures.add(failure.toString());
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(failures).isEmpty();
    }
}
