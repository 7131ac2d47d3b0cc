// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.host.GpuUse;
import io.lamella.host.node.FrameBufferView;
import io.lamella.host.node.GpuMode;
import io.lamella.host.node.GpuPhase;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.SchedulerDefinition;
import io.lamella.host.node.SchedulingPolicy;
import io.lamella.host.node.TypeView;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuPhase;
import io.lamella.host.node.VgpuStatus;
import io.lamella.host.node.VgpuView;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Each shape with fixed data, line by line. */
class GoldenTest {
    private static final String ALICE = "7c303c2a-67ca-4a57-8b8e-bf9c404d89f6";
    private static final String BOB = "00000b2a-67ca-4a57-8b8e-bf9c404d89f6";

    private static final TypeView TYPE = new TypeView(
            "L40-8Q",
            1006004,
            "Q",
            "L40",
            8L << 30,
            7616L << 20,
            1L << 30,
            6,
            4,
            7680,
            4320,
            60,
            true,
            true,
            null,
            "",
            4,
            List.of(0, 8, 16, 24, 32, 40),
            List.of(16, 24, 32, 40));

    private static final TypeView FULL = new TypeView(
            "L40-48C",
            1006035,
            "C",
            "L40",
            48L << 30,
            47616L << 20,
            1L << 36,
            1,
            1,
            4096,
            2160,
            0,
            true,
            false,
            "full",
            "It is full.",
            0,
            List.of(0),
            List.of());

    private static GpuView gpu(String name, GpuPhase phase) {
        boolean away = phase == GpuPhase.REMOVED;
        return new GpuView(
                name,
                1,
                phase,
                away ? "An operator took it away." : "",
                "L40",
                away ? null : "f5217cdd-1115-3734-aef5-22684bb654d2",
                away ? null : "AD102",
                away ? null : "NVIDIA L40",
                away ? null : "0000:41:00.0",
                away ? null : "10de:26b5",
                away ? null : "570.144",
                "java",
                GpuUse.VGPU,
                null,
                List.of(),
                GpuMode.EQUAL,
                SchedulerDefinition.of(SchedulingPolicy.BEST_EFFORT),
                away ? null : new FrameBufferView(49152L << 20, 48565L << 20, 33267L << 20, 33202L << 20, 64L << 20),
                -1,
                away ? 0 : 32,
                32,
                away ? 0 : 2);
    }

    private static VgpuView vgpu(String uuid, String name, String type, VgpuPhase phase, boolean attached, int vf) {
        boolean holds = phase == VgpuPhase.RUNNING;
        return new VgpuView(
                uuid,
                name,
                1,
                true,
                "2026-11-22T16:34:48.134Z",
                new VgpuDefinition(name, uuid, "any", type, null, null, Map.of("weight", "3"), true),
                new VgpuStatus(
                        phase,
                        "",
                        null,
                        holds ? "gpu0" : null,
                        holds ? vf : null,
                        holds ? "0000:41:00." + (4 + vf) : null,
                        holds ? 1 + vf : null,
                        null,
                        attached,
                        holds ? 8 * vf : null,
                        null,
                        holds ? 7616L << 20 : 0,
                        null,
                        holds ? 256 : 0));
    }

    private static final Reading READING = new Reading(
            LocalDateTime.of(2026, 11, 22, 9, 5, 7, 250_000_000),
            "0.1.0",
            true,
            List.of(
                    new Reading.Gpu(0, gpu("gpu0", GpuPhase.RUNNING), List.of(TYPE, FULL)),
                    new Reading.Gpu(1, gpu("gpu1", GpuPhase.REMOVED), List.of())),
            List.of(
                    vgpu(
                            BOB,
                            "a-name-that-is-much-longer-than-a-column",
                            "RTX6000-Ada-8Q",
                            VgpuPhase.RUNNING,
                            false,
                            1),
                    vgpu(ALICE, "alice", "L40-8Q", VgpuPhase.RUNNING, true, 0),
                    vgpu("ffffffff-67ca-4a57-8b8e-bf9c404d89f6", "carl", "L40-8C", VgpuPhase.STOPPED, false, 2)),
            Map.of(ALICE, new EngineTimes.Load(Map.of("CE0", 0.375, "CE1", 0.25, "GR0", 0.014))),
            Map.of(ALICE, 3L));

    private static void assertLooksLike(List<String> lines, String expected) {
        assertThat(String.join("\n", lines) + "\n").isEqualTo(expected);
        assertThat(lines).allMatch(line -> line.length() <= 80);
    }

    @Test
    void summaryOfGpus() {
        assertLooksLike(Summary.ofGpus(READING), """
                Sun Nov 22 09:05:07 2026
                +-----------------------------------------------------------------------------+
                | LAMELLA-SMI 0.1.0      not NVIDIA's tool          Lamella daemon: 0.1.0     |
                |-------------------------------+----------------------+----------------------+
                | GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
                | Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
                |                               |                      |               MIG M. |
                |===============================+======================+======================|
                |   0  NVIDIA L40          N/A  | 00000000:41:00.0 N/A |                  N/A |
                | N/A   N/A  N/A      N/A / N/A |  15885MiB / 49152MiB |     38%          N/A |
                | gpu0 running                  |                      |                  N/A |
                +-------------------------------+----------------------+----------------------+
                |   1  L40                 N/A  | N/A              N/A |                  N/A |
                | N/A   N/A  N/A      N/A / N/A |                  N/A |     N/A          N/A |
                | gpu1 removed                  |                      |                  N/A |
                +-------------------------------+----------------------+----------------------+

                +-----------------------------------------------------------------------------+
                | vGPUs:                                                                      |
                |  GPU     vGPU ID  Type            vGPU Name         State        GPU Memory |
                |=============================================================================|
                |    0  2083535914  L40-8Q          alice             attached        7616MiB |
                |    0        2858  RTX6000-Ada-8Q  a-name-that-i...  no VM           7616MiB |
                |  N/A  4294967295  L40-8C          carl              stopped             N/A |
                +-----------------------------------------------------------------------------+
                """);
        assertThat(Summary.ofGpus(READING).stream().filter(line -> line.startsWith("|")))
                .allMatch(line -> line.length() == 79);
    }

    @Test
    void summaryOfVgpus() {
        assertLooksLike(Summary.ofVgpus(READING), """
                Sun Nov 22 09:05:07 2026
                +-----------------------------------------------------------------------------+
                | LAMELLA-SMI 0.1.0      not NVIDIA's tool          Lamella daemon: 0.1.0     |
                |-------------------------------+--------------------------------+------------+
                | GPU  Name                     | Bus-Id                         | GPU-Util   |
                |     vGPU ID    Type           | VM           vGPU Name         | vGPU-Util  |
                |===============================+================================+============|
                |   0  NVIDIA L40               | 00000000:41:00.0               |  38%       |
                |     2083535914 L40-8Q         | attached     alice             |     38%    |
                |     2858       RTX6000-Ada-8Q | no VM        a-name-that-is... |     N/A    |
                +-------------------------------+--------------------------------+------------+
                |   1  L40                      | N/A                            |  N/A       |
                +-------------------------------+--------------------------------+------------+
                """);
    }

    @Test
    void columnsOfUtilisation() {
        assertLooksLike(Columns.of(READING), """
                    0  2083535914      1      -      -      -      -      -     38
                    0        2858      -      -      -      -      -      -      -
                    1           -      -      -      -      -      -      -      -
                """);
        assertThat(Columns.HEAD)
                .allMatch(
                        line -> line.length() == Columns.of(READING).getFirst().length());
    }

    @Test
    void treeOfVgpus() {
        List<String> lines = Details.ofVgpus(READING);
        assertLooksLike(lines.subList(0, 12), """
                GPU 00000000:41:00.0
                    Active vGPUs                      : 2
                    vGPU ID                           : 2083535914
                        VM ID                         : N/A
                        VM Name                       : N/A
                        VM Attached                   : Yes
                        vGPU Name                     : alice
                        vGPU Type                     : L40-8Q
                        vGPU UUID                     : 7c303c2a-67ca-4a57-8b8e-bf9c404d89f6
                        State                         : running
                        Guest Driver Version          : N/A
                        License Status                : N/A
                """);
        assertThat(lines)
                .contains(
                        "            Total                     : 7616 MiB",
                        "            Copy                      : 38 %",
                        "            Graphics                  : 1 %",
                        "            Encoder                   : N/A",
                        "            Bus Id                    : 00000000:41:00.4",
                        "        Channel Errors                : 3",
                        "            weight                    : 3")
                .allMatch(line -> line.length() <= 80);
    }

    @Test
    void treeOfGpus() {
        assertThat(Details.ofGpus(READING))
                .containsSequence(
                        "    FB Memory Usage",
                        "        Total                         : 49152 MiB",
                        "        Reserved                      : 587 MiB",
                        "        Used                          : 15885 MiB",
                        "        Free                          : 33267 MiB",
                        "        Quarantined                   : 64 MiB",
                        "        Largest Free Run              : 33202 MiB")
                .contains("GPU N/A", "    Reason                            : An operator took it away.")
                .contains("        GPU Current Temp              : N/A")
                .allMatch(line -> line.length() <= 80);
    }

    @Test
    void listsOfTypes() {
        assertLooksLike(TypeLists.of(READING, false, false), """
                GPU 00000000:41:00.0
                    L40-8Q
                    L40-48C
                GPU N/A
                """);
        assertLooksLike(TypeLists.of(READING, true, true), """
                GPU 00000000:41:00.0
                    vGPU Type ID                      : 0xf59b4
                        Name                          : L40-8Q
                        Class                         : Quadro
                        GPU Instance Profile ID       : N/A
                        Max Instances                 : 6
                        Max Instances Per VM          : N/A
                        Creatable Now                 : 4
                        Multi vGPU Exclusive          : False
                        vGPU Exclusive Type           : False
                        vGPU Exclusive Size           : True
                        Device ID                     : 0x26b510de
                        Sub System ID                 : N/A
                        FB Memory                     : 8192 MiB
                        FB Memory Seen By Guest       : 7616 MiB
                        Display Heads                 : 4
                        Maximum X Resolution          : 7680
                        Maximum Y Resolution          : 4320
                        Frame Rate Limit              : 60 FPS
                        License                       : none needed
                        Placement IDs                 : 0 to 40 in steps of 8
                        Creatable Placement IDs       : 16 24 32 40
                GPU N/A
                """);
        assertThat(TypeLists.ids(List.of(0, 1, 2, 3, 4))).isEqualTo("0 to 4");
        assertThat(TypeLists.ids(List.of(0, 1, 2, 3, 5))).isEqualTo("0 1 2 3 5");
        assertThat(TypeLists.ids(List.of())).isEmpty();
    }

    @Test
    void fieldsAsCsv() {
        Query<Reading.Gpu> gpus = Query.parse(
                "index, name,pci.bus_id,memory.free,utilization.gpu,temperature.gpu,power.draw,timestamp",
                Query.Format.parse("csv"),
                Fields.GPU,
                "--help-query-gpu");
        assertThat(gpus.header())
                .isEqualTo("index, name, pci.bus_id, memory.free [MiB], utilization.gpu [%], temperature.gpu,"
                        + " power.draw [W], timestamp");
        assertThat(gpus.line(READING, READING.gpus().getFirst()))
                .isEqualTo("0, NVIDIA L40, 00000000:41:00.0, 33267 MiB, 38 %, N/A, N/A, 2026/11/22 09:05:07.250");
        assertThat(gpus.line(READING, READING.gpus().getLast()))
                .isEqualTo("1, L40, N/A, N/A, N/A, N/A, N/A, 2026/11/22 09:05:07.250");
        Query<VgpuView> vgpus = Query.parse(
                "name,memory.total,memory.used,utilization.copy,errors",
                Query.Format.parse("csv,noheader,nounits"),
                Fields.VGPU,
                "--help-query-vgpu");
        assertThat(READING.shown())
                .extracting(vgpu -> vgpus.line(READING, vgpu))
                .startsWith("alice, 7616, N/A, 38, 3");
        assertThat(vgpus.format()).isEqualTo(new Query.Format(false, false));
    }

    @Test
    void everyFieldHasAValueForEverything() {
        for (Query.Field<Reading.Gpu> field : Fields.GPU) {
            READING.gpus()
                    .forEach(gpu -> assertThat(field.value().apply(READING, gpu))
                            .as(field.name())
                            .isNotBlank());
        }
        for (Query.Field<VgpuView> field : Fields.VGPU) {
            READING.vgpus()
                    .forEach(vgpu -> assertThat(field.value().apply(READING, vgpu))
                            .as(field.name())
                            .isNotBlank());
        }
        assertThat(Query.help(Fields.VGPU)).hasSize(2 * Fields.VGPU.size()).allMatch(line -> line.length() <= 80);
        assertThat(Query.help(Fields.GPU)).hasSize(2 * Fields.GPU.size()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void whatIsNoFieldIsRefusedWithWhatIs() {
        assertThatThrownBy(() -> Query.parse("fb.free", new Query.Format(true, true), Fields.GPU, "--help-query-gpu"))
                .hasMessage(
                        "'fb.free' is not a field that can be asked for; there is memory.free. All of them: lamella smi"
                                + " --help-query-gpu");
        assertThatThrownBy(() -> Query.Format.parse("xml"))
                .hasMessageContaining("csv")
                .hasMessageContaining("xml");
        assertThatThrownBy(() -> Query.Format.parse("noheader")).hasMessageContaining("--format=csv,noheader");
    }

    @Test
    void enginesAreMeasuredBetweenTwoReadings() {
        EngineTimes before = EngineTimes.parse("""
                # HELP lamella_vgpu_engine_busy_seconds Time.
                lamella_vgpu_engine_busy_seconds_total{vgpu="a",engine="CE0"} 10.0
                lamella_vgpu_engine_busy_seconds_total{vgpu="b",engine="CE0"} 70.5
                lamella_gpu_up{gpu="gpu0"} 1.0
                """, 1_000_000_000);
        EngineTimes now = EngineTimes.parse("""
                lamella_vgpu_engine_busy_seconds_total{vgpu="a",engine="CE0"} 10.5
                lamella_vgpu_engine_busy_seconds_total{vgpu="a",engine="GR0"} 1.0E-3
                lamella_vgpu_engine_busy_seconds_total{vgpu="b",engine="CE0"} 0.25
                lamella_vgpu_faults_total{vgpu="a",xid="31"} 2.0
                lamella_vgpu_faults_total{vgpu="a",xid="39"} 1.0
                """, 3_000_000_000L);
        Map<String, EngineTimes.Load> loads = now.since(before);
        assertThat(Objects.requireNonNull(loads.get("a")).percent()).isEqualTo(25);
        assertThat(Objects.requireNonNull(loads.get("a")).percent("GR")).isZero();
        assertThat(Objects.requireNonNull(loads.get("b")).percent())
                .as("started anew in between")
                .isEqualTo(13);
        assertThat(now.faults()).isEqualTo(Map.of("a", 3L));
        assertThat(now.since(now))
                .allSatisfy((vgpu, load) -> assertThat(load.percent()).isZero());
    }
}
