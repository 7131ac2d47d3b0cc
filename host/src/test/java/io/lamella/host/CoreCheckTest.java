// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.c.CoreChoice;
import io.lamella.core.contract.ClauseResult.Outcome;
import io.lamella.core.contract.ContractReport;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoreCheckTest {
    @Test
    void checksTheJavaCoreOnASoftwareGpu() {
        ContractReport report = CoreCheck.run(CoreChoice.JAVA, List.of("570.144"));
        assertThat(report.broken()).isEmpty();
        assertThat(report.gpu()).contains("L40");
        assertThat(report.count(Outcome.PASSED)).isGreaterThan(100);
    }
}
