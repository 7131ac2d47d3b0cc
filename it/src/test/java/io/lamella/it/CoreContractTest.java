// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.contract.ClauseResult;
import io.lamella.core.contract.ContractReport;
import io.lamella.core.contract.ContractSubject;
import io.lamella.core.contract.CoreContract;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The Java core keeps the contract of cores. */
@Timeout(120)
class CoreContractTest {
    @ParameterizedTest
    @EnumSource
    void theJavaCoreKeepsEveryClause(TestedGpu tested) {
        ContractReport report = CoreContract.check(new ContractSubject(
                CoreProvider.JAVA,
                () -> ContractGpus.next(tested),
                ContractGpus.FIRMWARE,
                CoreOptions.DEFAULT.withFirmwareReleases(tested.release)));
        assertThat(report.broken()).isEmpty();
        assertThat(report.count(ClauseResult.Outcome.PASSED)).isGreaterThan(70);
    }
}
