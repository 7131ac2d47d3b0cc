// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.gpu.trace.TraceEvent;
import io.lamella.gpu.trace.TraceEvent.Kind;
import io.lamella.gpu.trace.TraceFilter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TraceTextTest {
    private static final TraceEvent POLL = new TraceEvent(
            1_500_000,
            Kind.REGISTER,
            "read",
            "SEC2.CPUCTL",
            0x840100,
            true,
            Map.of("halted", true),
            Map.of(),
            "0x00000010",
            false,
            90);
    private static final TraceEvent CALL = new TraceEvent(
            2_000_000_000,
            Kind.RPC,
            "call",
            "GSP_RM_ALLOC VASPACE",
            103,
            true,
            Map.of("hClient", "0xc1d00000"),
            Map.of("size", 7L),
            "NO_MEMORY",
            true,
            123_000);
    private static final TraceEvent GAP =
            new TraceEvent(0, Kind.GAP, "lost", "records lost", 12, true, Map.of(), Map.of(), "", true, 0);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private List<String> lines() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void linesSayWhatWasDoneAndRepetitionsAreCounted() {
        TraceText text = new TraceText(out, false, false);
        List.of(POLL, POLL, POLL, CALL, GAP).forEach(text::print);
        text.end();
        assertThat(lines())
                .containsExactly(
                        "   0.001500 register  SEC2.CPUCTL -> 0x00000010  {halted}",
                        "                      ... SEC2.CPUCTL gave that 2 more times",
                        "   2.000000 rpc       GSP_RM_ALLOC VASPACE(hClient=0xc1d00000) = NO_MEMORY {size=7} <0.000123>",
                        "--- 12 slots of records lost: this reader was too slow ---");
    }

    @Test
    void jsonIsOneDocumentALine() {
        TraceJson json = new TraceJson(out);
        json.print(CALL);
        assertThat(lines())
                .containsExactly(
                        "{\"seconds\":2.0,\"kind\":\"rpc\",\"action\":\"call\",\"name\":\"GSP_RM_ALLOC VASPACE\","
                                + "\"number\":103,\"fields\":{\"hClient\":\"0xc1d00000\"},\"reply\":{\"size\":7},"
                                + "\"result\":\"NO_MEMORY\",\"error\":true,\"durationSeconds\":1.23E-4}");
    }

    @Test
    void theSummaryCountsByName() {
        TraceSummary summary = new TraceSummary(out);
        List.of(POLL, POLL, CALL, GAP).forEach(summary::print);
        summary.end();
        assertThat(lines())
                .containsExactly(
                        "count  errors   us  most us  rpc",
                        "    1       1  123      123  GSP_RM_ALLOC VASPACE",
                        "",
                        "reads  writes  us  register",
                        "    2       0   0  SEC2.CPUCTL",
                        "",
                        "12 slots of records were lost; the counts are too low.");
    }

    @Test
    void filtersGoByKindAndName() {
        assertThat(TraceFilter.of(List.of("rpc"), List.of()).passes(CALL)).isTrue();
        assertThat(TraceFilter.of(List.of("rpc"), List.of()).passes(POLL)).isFalse();
        assertThat(TraceFilter.of(List.of(), List.of("cpuctl", "xyz")).passes(POLL))
                .isTrue();
        assertThat(TraceFilter.of(List.of(), List.of("alloc*space")).passes(CALL))
                .isTrue();
        assertThat(TraceFilter.of(List.of(), List.of("space*alloc", "(")).passes(CALL))
                .isFalse();
        assertThat(TraceFilter.of(List.of("rpc"), List.of("xyz")).passes(GAP)).isTrue();
        assertThatThrownBy(() -> TraceFilter.of(List.of("rpcs"), List.of()))
                .hasMessageStartingWith("There is no kind of event rpcs; there are all, rpc, boot,");
    }
}
