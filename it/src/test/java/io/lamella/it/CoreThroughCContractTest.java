// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.CoreOptions;
import io.lamella.core.c.NativeCoreProvider;
import io.lamella.core.contract.ClauseResult;
import io.lamella.core.contract.ContractReport;
import io.lamella.core.contract.ContractSubject;
import io.lamella.core.contract.CoreContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Java core keeps the contract of cores also through its table for C and back: nothing is lost at the border. */
class CoreThroughCContractTest {
    @Test
    @Timeout(120)
    void keepsEveryClause() {
        ContractReport report = CoreContract.check(new ContractSubject(
                NativeCoreProvider.loopback(), ContractGpus::next, ContractGpus.FIRMWARE, CoreOptions.DEFAULT));
        assertThat(report.broken()).isEmpty();
        assertThat(report.count(ClauseResult.Outcome.PASSED)).isGreaterThan(70);
    }
}
