// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.gpu.plugin.VgpuStatus;
import io.lamella.host.LamellaHost;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.archive.Suites;
import io.lamella.vm.guest.DebianKernel;
import io.lamella.vm.guest.Driver;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.Kernel;
import io.lamella.vm.guest.KernelCatalogue;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * nouveau and the guest check on every series of kernels that Debian offers today. It downloads gigabytes, so it runs with {@code ./lamella
 * test --matrix} only. It writes docs/kernels.md row by row; {@code -Dlamella.matrix.series=7.2,7.3} chooses some of the series, and leaves
 * the rows of the others.
 */
@Tag("vm")
@Tag("long")
@Timeout(14_400)
class KernelMatrixVmTest {
    private static final String TYPE = "L40-8Q";
    private static final long SEED = Long.getLong("lamella.seed", 20_261_122L);
    private static final List<String> ONLY =
            List.of(System.getProperty("lamella.matrix.series", "").split(",", -1)).stream()
                    .filter(series -> !series.isBlank())
                    .toList();

    private static final GuestKit KIT = kit();

    private static GuestKit kit() {
        try {
            return new GuestKit(Cache.ofUser(), Progress.none());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everySeriesDrivesVgpu() throws Exception {
        DebianArchive archive = new DebianArchive(Cache.ofUser(), Progress.none(), Suites.KERNELS);
        KernelCatalogue catalogue = new KernelCatalogue(archive);
        List<DebianKernel> kernels = catalogue.newest(KernelProvider.STABLE).stream()
                .filter(kernel -> ONLY.isEmpty() || ONLY.contains(kernel.series()))
                .toList();
        assertThat(kernels).as("kernels from 6.12 on").isNotEmpty();
        GuestContents contents = contents();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        List<KernelTable.Row> rows = new ArrayList<>();
        List<String> lines = new ArrayList<>(
                ONLY.isEmpty() || !Files.exists(document())
                        ? List.of()
                        : KernelTable.rowsWithout(Files.readString(document()), Set.copyOf(ONLY)));
        for (DebianKernel kernel : kernels) {
            String place = "[" + (rows.size() + 1) + "/" + kernels.size() + "] Linux " + kernel.version();
            say(place + " of " + String.join(", ", kernel.suites()));
            long begun = System.nanoTime();
            KernelTable.Row row = tryOne(catalogue, kernel, contents);
            rows.add(row);
            lines.add(KernelTable.line(today, row));
            Files.writeString(
                    document(), KernelTable.document("QEMU " + KIT.qemu().version(), archive.listDates(), lines));
            say(String.format(
                    Locale.ROOT,
                    "%s: firmware %s, probe %s, guest check %s in %.0f s. %s",
                    place,
                    row.firmware(),
                    row.probe(),
                    row.check(),
                    (System.nanoTime() - begun) / 1e9,
                    row.remarks()));
        }
        // A kernel that cannot be had is the archive's affair; its row says so.
        assertThat(rows).noneMatch(KernelTable.Row::isBad);
        if (ONLY.isEmpty()) {
            assertThat(rows).anyMatch(KernelTable.Row::isGood);
        }
    }

    private static KernelTable.Row tryOne(KernelCatalogue catalogue, DebianKernel listed, GuestContents contents)
            throws IOException {
        Kernel kernel;
        try {
            kernel = catalogue.provide(listed);
        } catch (IOException e) {
            return row(listed, "", KernelTable.Verdict.NOT_TRIED, KernelTable.Verdict.NOT_TRIED, words(e));
        }
        Path initramfs = null;
        try {
            Guest guest = KIT.prepare(kernel, contents);
            initramfs = guest.initramfs();
            return tryGuest(listed, guest);
        } catch (IOException e) {
            return row(listed, "", KernelTable.Verdict.NOT_TRIED, KernelTable.Verdict.NOT_TRIED, words(e));
        } finally {
            if (initramfs != null) {
                Files.deleteIfExists(initramfs);
            }
            catalogue.discard(listed);
        }
    }

    /** What goes wrong in the guest is the row's result; only a host that does not start ends the run. */
    private static KernelTable.Row tryGuest(DebianKernel kernel, Guest guest) {
        String firmware = "";
        KernelTable.Verdict probe = KernelTable.Verdict.FAILED;
        KernelTable.Verdict check = KernelTable.Verdict.NOT_TRIED;
        try (LamellaHost host = LamellaHost.builder().start()) {
            VfioVgpu vgpu = host.create(VgpuSpec.of(TYPE));
            try (NouveauGuest vm = NouveauGuest.boot("matrix-" + kernel.version(), guest, vgpu.socket())) {
                vm.loadWell();
                firmware = spoken(host);
                vm.unloadWell();
                vm.loadWell();
                probe = KernelTable.Verdict.OK;
                check = KernelTable.Verdict.FAILED;
                GuestCheck.Result result = GuestCheck.parse(vm.machine
                        .channel()
                        .run(GuestCheck.Mode.COPY.command(SEED), NouveauGuest.DRIVER)
                        .lines());
                if (!result.ok()) {
                    return row(kernel, firmware, probe, check, result.failure());
                }
                vm.unloadWell();
                vm.powerOffWell();
                return row(kernel, firmware, probe, KernelTable.Verdict.OK, "");
            }
        } catch (IOException | AssertionError e) {
            return row(kernel, firmware, probe, check, words(e));
        }
    }

    /** The release that the guest's driver showed itself to speak. */
    private static String spoken(LamellaHost host) {
        return host.gpus().getFirst().board().vgpus().stream()
                .map(VgpuStatus::guest)
                .filter(Objects::nonNull)
                .map(guest -> guest.release())
                .findFirst()
                .orElse("");
    }

    private static GuestContents contents() throws IOException {
        Map<String, byte[]> firmware = new HashMap<>();
        SyntheticFirmware.releases().forEach(release -> firmware.putAll(SyntheticFirmware.files(release)));
        return new GuestContents(
                Driver.NOUVEAU.modules(), firmware, Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
    }

    private static KernelTable.Row row(
            DebianKernel kernel,
            String firmware,
            KernelTable.Verdict probe,
            KernelTable.Verdict check,
            String remarks) {
        return new KernelTable.Row(kernel, firmware, probe, check, remarks);
    }

    private static String words(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null ? thrown.toString() : message;
    }

    /** The project's own folder: tests run in a module's. */
    private static Path document() {
        return Path.of("..", "docs", "kernels.md").toAbsolutePath().normalize();
    }

    private static void say(String line) {
        System.out.println("lamella: " + line);
    }
}
