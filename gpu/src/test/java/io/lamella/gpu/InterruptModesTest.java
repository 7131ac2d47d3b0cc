// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import static io.lamella.gpu.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.port.GspHost;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.PciFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How the tree's level becomes a pin or a message. */
class InterruptModesTest {
    private static final int MSI_CONTROL = 0x6a;
    private static final int MSIX_CONTROL = 0xca;
    private static final int COMMAND = 4;

    private final Bench bench = new Bench();
    private final PciFunction pf = bench.pf;

    @BeforeEach
    void arm() {
        bench.attach(pf, true);
        write(pf, 0xb81200, -1);
        write(pf, 0xb81608, 0xf);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private GspHost gsp() {
        return bench.gsps.getFirst().host;
    }

    @Test
    void drivesThePinAsALevel() {
        assertThat(pf.interruptCount(InterruptKind.INTX)).isEqualTo(1);
        gsp().raise(0);
        gsp().raise(1);
        assertThat(bench.interrupts).containsExactly("pin up");
        assertThat(pf.readConfig(6, 2) & 8).isEqualTo(8);
        write(pf, 0xb81000, 3);
        assertThat(bench.interrupts).containsExactly("pin up", "pin down");
        assertThat(pf.readConfig(6, 2) & 8).isZero();
        pf.writeConfig(COMMAND, 2, 0x406);
        gsp().raise(0);
        assertThat(bench.interrupts).hasSize(2);
        pf.writeConfig(COMMAND, 2, 0x006);
        assertThat(bench.interrupts).containsExactly("pin up", "pin down", "pin up");
    }

    @Test
    void sendsOneMessageForEachRise() {
        pf.writeConfig(MSI_CONTROL, 2, 1);
        gsp().raise(0);
        gsp().raise(1);
        assertThat(bench.interrupts).containsExactly("MSI 0");
        write(pf, 0xb81610, 0xf);
        write(pf, 0x088704, 0);
        write(pf, 0xb81000, 1);
        assertThat(bench.interrupts).hasSize(1);
        write(pf, 0xb81608, 0xf);
        assertThat(bench.interrupts).as("vector 1 is still there").containsExactly("MSI 0", "MSI 0");
    }

    @Test
    void sendsAgainOnRearmWithoutADisarm() {
        pf.writeConfig(MSI_CONTROL, 2, 1);
        gsp().raise(0);
        write(pf, 0x088704, 0);
        assertThat(bench.interrupts).containsExactly("MSI 0", "MSI 0");
        write(pf, 0xb81000, 1);
        write(pf, 0x088704, 0);
        assertThat(bench.interrupts).hasSize(2);
    }

    @Test
    void keepsAMaskedMsixMessageUntilItIsUnmasked() {
        pf.writeConfig(MSIX_CONTROL, 2, 0xc000);
        gsp().raise(0);
        assertThat(bench.interrupts).isEmpty();
        assertThat(pf.readBar(0, 0xba0000, 4)).isEqualTo(1);
        pf.writeConfig(MSIX_CONTROL, 2, 0x8000);
        assertThat(bench.interrupts).containsExactly("MSI_X 0");
        assertThat(pf.readBar(0, 0xba0000, 4)).isZero();

        write(pf, 0xb81000, 1);
        write(pf, 0xb9000c, 1);
        gsp().raise(0);
        assertThat(bench.interrupts).hasSize(1);
        write(pf, 0xb9000c, 0);
        assertThat(bench.interrupts).hasSize(2);
    }

    @Test
    void forgetsAMaskedMsixMessageWhoseCauseIsOver() {
        pf.writeConfig(MSIX_CONTROL, 2, 0xc000);
        gsp().raise(0);
        assertThat(pf.readBar(0, 0xba0000, 4)).isEqualTo(1);
        // A driver that polls serves it while the vector is masked.
        write(pf, 0xb81000, 1);
        assertThat(pf.readBar(0, 0xba0000, 4)).isZero();
        pf.writeConfig(MSIX_CONTROL, 2, 0x8000);
        assertThat(bench.interrupts).isEmpty();
    }

    @Test
    void sendsAgainWhenArmedWithoutADisarm() {
        pf.writeConfig(MSI_CONTROL, 2, 1);
        gsp().raise(0);
        gsp().raise(1);
        write(pf, 0xb81000, 1);
        assertThat(bench.interrupts).containsExactly("MSI 0");
        write(pf, 0xb81608, 0xf);
        assertThat(bench.interrupts).as("vector 1 is still there").containsExactly("MSI 0", "MSI 0");
        write(pf, 0xb81000, 2);
        write(pf, 0xb81608, 0xf);
        assertThat(bench.interrupts).hasSize(2);
    }

    @Test
    void aResetWithAMessageOnItsWayPullsNoPin() {
        pf.writeConfig(MSI_CONTROL, 2, 1);
        gsp().raise(0);
        pf.reset();
        assertThat(bench.interrupts).containsExactly("MSI 0");
    }

    @Test
    void tellsANewClientOfTheLevelThatIsUp() {
        pf.writeConfig(MSI_CONTROL, 2, 1);
        pf.disconnect();
        gsp().raise(0);
        assertThat(bench.interrupts).isEmpty();
        pf.connect(bench.dma(true), bench.sink());
        assertThat(bench.interrupts).containsExactly("MSI 0");
    }

    @Test
    void sendsNothingWithoutBusMasteringAndCatchesUp() {
        pf.writeConfig(MSI_CONTROL, 2, 1);
        pf.writeConfig(COMMAND, 2, 2);
        gsp().raise(0);
        assertThat(bench.interrupts).isEmpty();
        pf.writeConfig(COMMAND, 2, 6);
        assertThat(bench.interrupts).containsExactly("MSI 0");
    }

    @Test
    void dropsThePinOnResetAndAssertsItForANewClient() {
        gsp().raise(0);
        pf.reset();
        assertThat(bench.interrupts).containsExactly("pin up", "pin down");
        Bench.enable(pf);
        write(pf, 0xb81200, -1);
        write(pf, 0xb81608, 0xf);
        gsp().raise(0);
        pf.disconnect();
        assertThat(bench.interrupts).endsWith("pin up", "pin down");
        gsp().raise(1);
        bench.interrupts.clear();
        pf.connect(bench.dma(true), bench.sink());
        assertThat(bench.interrupts).containsExactly("pin up");
    }
}
