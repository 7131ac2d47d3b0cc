// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.core.CoreProvider;
import io.lamella.core.c.NativeCoreProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

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
}
