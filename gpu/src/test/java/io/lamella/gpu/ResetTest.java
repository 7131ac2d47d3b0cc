// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import static io.lamella.gpu.Bench.read;
import static io.lamella.gpu.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.bank.RegisterBank;
import io.lamella.pci.PciFunction;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResetTest {
    private static final int DEVICE_CONTROL = 0x78 + 8;

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private List<RegisterBank.Entry> registers() {
        return bench.gpu.registers(0).stream()
                .filter(entry -> !entry.name().contains("TIME"))
                .toList();
    }

    private long[] config() {
        long[] words = new long[1024];
        for (int i = 0; i < words.length; i++) {
            words[i] = bench.pf.readConfig(4 * i, 4);
        }
        return words;
    }

    @Test
    void returnsEveryRegisterToPowerOn() {
        List<RegisterBank.Entry> registersAtPowerOn = registers();
        long[] configAtPowerOn = config();
        PciFunction pf = bench.attach(bench.pf, true);
        new BootDriver(bench, pf).boot();
        write(pf, 0xb81200, -1);
        write(pf, 0xb81608, 0xf);
        write(pf, 0x1700, 0x123);
        write(pf, 0xbb0090, 1);
        write(pf, 0xb90000, 0xfee00000);
        pf.writeConfig(0x10, 4, 0xc0000000L);
        pf.writeConfig(0x6a, 2, 1);
        bench.gsps.getFirst().host.raise(1);
        assertThat(registers()).isNotEqualTo(registersAtPowerOn);

        pf.writeConfig(DEVICE_CONTROL, 2, 1 << 15);

        assertThat(config()).isEqualTo(configAtPowerOn);
        assertThat(registers()).isEqualTo(registersAtPowerOn);
        assertThat(bench.gsps.getFirst().events).endsWith("reset");
        // Memory and interrupts stay connected, so the driver can begin again at once.
        Bench.enable(pf);
        new BootDriver(bench, pf).boot();
    }

    @Test
    void dropsWhatIsUnderWay() {
        PciFunction pf = bench.attach(bench.pf, false);
        BootDriver driver = new BootDriver(bench, pf);
        driver.writeMeta();
        assertThat(driver.frts()).isZero();
        driver.prepareGsp();
        write(pf, BootDriver.SEC2 + 0x180, 1 << 24);
        write(pf, BootDriver.SEC2 + 0x184, 0);
        write(pf, BootDriver.SEC2 + 0x040, (int) BootDriver.metaAddress());
        write(pf, BootDriver.SEC2 + 0x044, (int) (BootDriver.metaAddress() >>> 32));
        write(pf, BootDriver.SEC2 + 0x100, 2);
        pf.reset();
        Bench.enable(pf);
        assertThat(read(pf, 0x111388)).isZero();
        assertThat(read(pf, BootDriver.SEC2 + 0x100)).isEqualTo(0x10);
        assertThat(read(pf, 0x1fa828)).isZero();
    }
}
