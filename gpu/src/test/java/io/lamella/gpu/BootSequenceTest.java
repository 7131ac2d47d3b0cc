// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import static io.lamella.gpu.Bench.mask;
import static io.lamella.gpu.Bench.read;
import static io.lamella.gpu.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.port.GspBoot;
import io.lamella.pci.PciFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The GSP's boot, register by register as nouveau and nova-core do it, on a GPU whose GSP only takes notes. */
class BootSequenceTest {
    private static final int GSP = BootDriver.GSP;

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private FakeGsp gsp() {
        return bench.gsps.getFirst();
    }

    @Test
    void looksLikeAnAd102ThatHasComeUp() {
        PciFunction pf = bench.attach(bench.pf, true);
        assertThat(read(pf, 0x4)).isZero();
        assertThat(read(pf, 0x0)).isEqualTo(0x192000a1);
        assertThat(read(pf, 0xa00)).isEqualTo(0x192a1000);
        assertThat(read(pf, 0x101000)).isZero();
        assertThat(read(pf, 0x118128) & 1).isEqualTo(1);
        assertThat(read(pf, 0x118234) & 0xff).isEqualTo(0xff);
        assertThat(read(pf, 0x820c04)).isEqualTo(1);
        assertThat(read(pf, 0x625f04)).isZero();
        assertThat(read(pf, 0x1183a4)).isEqualTo(1024);
        assertThat(read(pf, 0x1fa824) | read(pf, 0x1fa828)).isZero();
        for (int falcon : new int[] {GSP, BootDriver.SEC2}) {
            assertThat(read(pf, falcon + 0xf4)).isEqualTo(0x80000400);
            assertThat(read(pf, falcon + 0x100)).isEqualTo(0x10);
            assertThat(read(pf, falcon + 0x108)).isEqualTo(0x20100);
            assertThat(read(pf, falcon + 0x118)).isEqualTo(2);
            assertThat(read(pf, falcon + 0x12c)).isEqualTo(0x26);
            assertThat(read(pf, falcon + 0x1668)).isEqualTo(1);
        }
        assertThat(read(pf, 0x111388) | read(pf, 0x111528)).isZero();
        assertThat(read(pf, 0x8241c0 + 8 * 4) | read(pf, 0x824140 + 8)).isZero();
        assertThat(bench.gpu.unknownAccesses(0)).isEmpty();
    }

    @Test
    void keepsTimeThatTheDriverSets() {
        PciFunction pf = bench.attach(bench.pf, true);
        write(pf, 0x9410, 0x12);
        write(pf, 0x9400, 0x3456_0000);
        long first = Integer.toUnsignedLong(read(pf, 0x9400));
        bench.nanos.addAndGet(1_000_000);
        long second = Integer.toUnsignedLong(read(pf, 0x9400));
        assertThat(read(pf, 0x9410)).isEqualTo(0x12);
        assertThat(first).isBetween(0x3456_0000L, 0x3456_0000L + 20_000);
        assertThat(second - first).isBetween(1_000_000L, 1_020_000L);
        assertThat(second % 32).isZero();
        assertThat(read(pf, 0xbb0084)).isEqualTo(0x12);
    }

    @Test
    void showsTheRomAndErasedFlashBehindIt() {
        PciFunction pf = bench.attach(bench.pf, true);
        mask(pf, 0x088050, 1, 0);
        assertThat(read(pf, 0x300000)).isEqualTo(0x0201aa55);
        assertThat(read(pf, 0x300004)).isEqualTo(0xffffff03);
        mask(pf, 0x088050, 0, 1);
        assertThat(read(pf, 0x088050) & 1).isEqualTo(1);
        assertThat(read(pf, 0x088000)).isEqualTo(0x26b510de);
    }

    @Test
    void takesByteAccessesToTheVgaPorts() {
        PciFunction pf = bench.attach(bench.pf, true);
        pf.writeBar(0, 0x6013d4, 1, 0x1f);
        assertThat(pf.readBar(0, 0x6013d5, 1)).isZero();
        pf.writeBar(0, 0x6013d4, 1, 0x3f);
        pf.writeBar(0, 0x6013d5, 1, 0x57);
        assertThat(pf.readBar(0, 0x6013d4, 2)).isEqualTo(0x573f);
        assertThat(pf.readBar(0, 0x6013d6, 2)).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bootsAsNouveauDoes(boolean mapped) {
        PciFunction pf = bench.attach(bench.pf, mapped);
        BootDriver driver = new BootDriver(bench, pf);
        // Commands and a doorbell come before there is anything to take them.
        write(pf, 0x110c00, 0);
        driver.writeMeta();
        assertThat(driver.frts()).isZero();
        assertThat(read(pf, 0x1438) >>> 16).isZero();
        assertThat(Integer.toUnsignedLong(read(pf, 0x1fa824))).isEqualTo(BootDriver.FRTS >>> 12 << 4);
        assertThat(Integer.toUnsignedLong(read(pf, 0x1fa828)))
                .isEqualTo((BootDriver.FRTS + BootDriver.FRTS_BYTES) >>> 12 << 4);
        driver.prepareGsp();
        assertThat(driver.booterLoad()).isZero();

        // nouveau looks at this once, without waiting.
        assertThat(read(pf, 0x111388) & 0x90).isEqualTo(0x80);
        assertThat(read(pf, 0x111528) & 0x40).isEqualTo(0x40);
        write(pf, 0x110080, 0x1234);
        GspBoot boot = gsp().boot();
        assertThat(boot.libosArgsAddress()).isEqualTo(BootDriver.LIBOS);
        assertThat(boot.wprMetaAddress()).isEqualTo(BootDriver.metaAddress());
        assertThat(boot.wprStart()).isEqualTo(BootDriver.WPR_START);
        assertThat(boot.nonWprHeapOffset()).isEqualTo(BootDriver.WPR_START - (1 << 20));
        assertThat(gsp().events).startsWith("doorbell").endsWith("start");
        assertThat(bench.gpu.bootRefusal(0)).isNull();
        assertThat(bench.gpu.unknownAccesses(0)).isEmpty();
    }

    @Test
    void bootsAsNovaDoes() {
        PciFunction pf = bench.attach(bench.pf, true);
        BootDriver driver = new BootDriver(bench, pf);
        driver.writeMeta();
        assertThat(driver.frts()).isZero();
        driver.resetEngine(GSP);
        // The falcon core is started with nothing loaded, only to pass the address.
        assertThat(read(pf, GSP + 0x100) & 0x40).isZero();
        write(pf, GSP + 0x040, (int) BootDriver.LIBOS);
        write(pf, GSP + 0x044, (int) (BootDriver.LIBOS >>> 32));
        write(pf, GSP + 0x100, 2);
        driver.poll(GSP + 0x100, 0x10, 0x10);
        assertThat(read(pf, GSP + 0x040)).isEqualTo((int) BootDriver.LIBOS);
        assertThat(driver.booterLoad()).isZero();
        driver.poll(0x111388, 0x80, 0x80);
        assertThat(gsp().boot().libosArgsAddress()).isEqualTo(BootDriver.LIBOS);
    }

    @Test
    void unloadsAndBootsAgain() {
        PciFunction pf = bench.attach(bench.pf, true);
        BootDriver driver = new BootDriver(bench, pf);
        driver.boot();
        gsp().host.setMailbox(0, 0x80000000);
        assertThat(read(pf, 0x110040)).isEqualTo(0x80000000);
        driver.resetEngine(GSP);
        assertThat(gsp().events).endsWith("stop");
        assertThat(read(pf, 0x111388) & 0x80).isZero();
        driver.writeFwsecData(0x19);
        assertThat(driver.runFalcon(GSP, 0, 0)).isZero();
        assertThat(read(pf, 0x1454) & 0xffff).isZero();
        assertThat(driver.booterUnload()).isZero();
        assertThat(read(pf, 0x1fa828)).isZero();
        driver.boot();
        assertThat(gsp().events.stream().filter("start"::equals)).hasSize(2);
    }

    @Test
    void sealsWhatItUnloadsForASuspendAndLoadsThatAlone() {
        PciFunction pf = bench.attach(bench.pf, true);
        BootDriver driver = new BootDriver(bench, pf);
        driver.boot();
        int wprStart = read(pf, 0x1fa824);
        int wprEnd = read(pf, 0x1fa828);
        gsp().host.setRiscvActive(false);
        driver.resetEngine(GSP);
        driver.putMeta(0, 0x8a3bb9e6c6c39d93L);
        driver.putMeta(8, 1);
        assertThat(driver.booterLoad()).as("another revision").isNotZero();
        driver.putMeta(8, 2);
        assertThat(driver.booterLoad()).isZero();
        assertThat(read(pf, 0x1fa828)).isZero();
        long seal = driver.meta(32);
        assertThat(seal).isNotZero();
        gsp().sleeps = true;
        driver.putMeta(32, seal + 1);
        assertThat(driver.booterLoad()).as("another seal").isNotZero();
        assertThat(bench.gpu.bootRefusal(0)).contains("sealed");
        driver.putMeta(32, seal);
        assertThat(driver.booterLoad()).isZero();
        assertThat(gsp().events).endsWith("resume");
        assertThat(read(pf, 0x1fa824)).isEqualTo(wprStart);
        assertThat(read(pf, 0x1fa828)).isEqualTo(wprEnd);
        assertThat(read(pf, 0x111388) & 0x80).isEqualTo(0x80);
        // It is there again, so the same metadata unloads it again, with another seal.
        gsp().host.setRiscvActive(false);
        driver.resetEngine(GSP);
        assertThat(driver.booterLoad()).isZero();
        assertThat(driver.meta(32)).isNotEqualTo(seal);
        gsp().sleeps = false;
        assertThat(driver.booterLoad()).as("the GSP has forgotten it").isNotZero();
        assertThat(read(pf, 0x111388) & 0x80).isZero();
        assertThat(read(pf, 0x1fa828)).isZero();
    }

    @Test
    void raisesTheGspsInterruptAndAsksAgain() {
        PciFunction pf = bench.attach(bench.pf, true);
        pf.writeConfig(0x6a, 2, 1);
        new BootDriver(bench, pf).boot();
        bench.interrupts.clear();
        write(pf, 0xb81200 + 16, 1 << 27);
        write(pf, 0xb81608, 0xf);
        gsp().host.raiseGspInterrupt();
        assertThat(bench.interrupts).containsExactly("MSI 0");

        // The handler, as nouveau has it.
        write(pf, 0xb81610, 0xf);
        write(pf, 0x088704, 0);
        assertThat(read(pf, 0xb81600)).isEqualTo(4);
        assertThat(read(pf, 0xb81010)).isEqualTo(1 << 27);
        write(pf, 0xb81010, 1 << 27);
        assertThat(read(pf, GSP + 8) & read(pf, 0x111528)).isEqualTo(0x40);
        write(pf, GSP + 4, 0x40);
        write(pf, GSP + 0x3e8, 1);
        write(pf, 0xb81608, 0xf);
        assertThat(bench.interrupts).containsExactly("MSI 0");

        // A message that came before the retrigger brings the vector back.
        gsp().host.raiseGspInterrupt();
        write(pf, 0xb81010, 1 << 27);
        write(pf, GSP + 0x3e8, 1);
        assertThat(read(pf, 0xb81010)).isEqualTo(1 << 27);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, no WPR metadata",
        "8, 2, revision",
        "24, 0, empty",
        "24, -1, empty",
        "80, 0, empty",
        "176, 0x40000001, larger than",
        "112, 0x3ffff000, out of order",
        "128, 0x7fffffffffffffff, out of order",
        "168, 0x40001000, out of order",
        "152, 0x3fd00000, out of order",
    })
    void refusesMetadataThatCannotBe(int offset, String value, String why) {
        PciFunction pf = bench.attach(bench.pf, true);
        BootDriver driver = new BootDriver(bench, pf);
        driver.writeMeta();
        assertThat(driver.frts()).isZero();
        driver.prepareGsp();
        driver.putMeta(offset, Long.decode(value));
        assertThat(driver.booterLoad()).isNotZero();
        assertThat(bench.gpu.bootRefusal(0)).contains(why);
        assertThat(read(pf, 0x111388)).isEqualTo(0x10);
        assertThat(gsp().events).doesNotContain("start");
    }

    @Test
    void refusesToLoadWithoutFrtsAndToResume() {
        PciFunction pf = bench.attach(bench.pf, true);
        BootDriver driver = new BootDriver(bench, pf);
        driver.writeMeta();
        driver.writeFwsecData(0);
        assertThat(driver.booterLoad()).isNotZero();
        assertThat(bench.gpu.bootRefusal(0)).contains("FWSEC-FRTS");
        driver.putMeta(0, 0x8a3bb9e6c6c39d93L);
        driver.putMeta(8, 2);
        assertThat(driver.booterLoad()).isNotZero();
        assertThat(bench.gpu.bootRefusal(0)).contains("no suspended firmware");
    }

    @Test
    void reportsFwsecErrorsInItsScratchRegister() {
        PciFunction pf = bench.attach(bench.pf, true);
        BootDriver driver = new BootDriver(bench, pf);
        bench.memory.fill((byte) 0);
        assertThat(driver.runFalcon(GSP, 0, 0)).isNotZero();
        assertThat(read(pf, 0x1438) >>> 16).isNotZero();
        assertThat(driver.frts()).isZero();
        assertThat(read(pf, 0x1438) >>> 16).isZero();
        assertThat(driver.frts()).as("a second time, with WPR2 set").isNotZero();
    }
}
