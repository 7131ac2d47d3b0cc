// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.lamella.vgpu.type.TypeFileException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypeCatalogueTest {
    private static final long MIB = 1 << 20;

    @Test
    void everyShippedRowLoads() {
        List<VgpuType> types = TypeCatalogue.shipped().types();
        assertThat(types).hasSize(134);
        assertThat(types).extracting(VgpuType::board).containsOnly("L40", "L40S", "A40", "RTX6000-Ada", "RTX-PRO-6000");
    }

    @ParameterizedTest
    @CsvSource({
        // Published: the RFC's sample type, Harvester's list, the 510.47.03 table.
        "L40-1B,869,0x176d,32,4,5120,2880,45,false",
        "L40S-48Q,1156,0x1894,1,4,7680,4320,60,true",
        "L40S-3B,2164,0x188a,16,4,5120,2880,45,false",
        "L40S-48A,1166,0x189e,1,1,1280,1024,60,false",
        "A40-1Q,557,0x14d7,32,4,5120,2880,60,true",
        "A40-48Q,566,0x14e0,1,4,7680,4320,60,true",
        "A40-1A,567,0x14e1,32,1,1280,1024,60,false",
        "A40-48A,576,0x14ea,1,1,1280,1024,60,false",
        // Users' outputs and the name table.
        "DC-3Q,1519,0x218b,32,4,7680,4320,60,true",
        "DC-12Q,1561,0x2194,8,4,7680,4320,60,true",
        // From patches, not from a product list.
        "RTX6000-Ada-1B,939,0x1708,32,4,5120,2880,45,false",
        "RTX6000-Ada-1Q,941,0x170a,32,4,5120,2880,60,true",
        "RTX6000-Ada-48Q,950,0x1713,1,4,7680,4320,60,true",
    })
    void publishedValuesAreAsPublished(
            String name, int id, String subsystem, int max, int heads, int width, int height, int fps, boolean cuda) {
        VgpuType type = TypeCatalogue.shipped().find(name).orElseThrow();
        assertThat(type.id()).isEqualTo(id);
        assertThat(type.identity().subsystem().device()).isEqualTo(Integer.decode(subsystem));
        assertThat(type.maxInstances()).isEqualTo(max);
        assertThat(type.heads()).isEqualTo(heads);
        assertThat(type.maxWidth()).isEqualTo(width);
        assertThat(type.maxHeight()).isEqualTo(height);
        assertThat(type.fpsLimit()).isEqualTo(fps);
        assertThat(type.cuda()).isEqualTo(cuda);
        assertThat(type.derived()).doesNotContain("id");
    }

    @ParameterizedTest
    @CsvSource({
        // Ids: Harvester's list for the L40S, the 510.47.03 table for the A40. Equal-size maximum: vgpu-device-manager,
        // 48 GB boards.
        "L40S-1B,1145,1024,32", "L40S-2B,1146,2048,24", "L40S-1Q,1147,1024,32", "L40S-2Q,1148,2048,24",
        "L40S-3Q,1149,3072,16", "L40S-4Q,1150,4096,12", "L40S-6Q,1151,6144,8", "L40S-8Q,1152,8192,6",
        "L40S-12Q,1153,12288,4", "L40S-16Q,1154,16384,3", "L40S-24Q,1155,24576,2", "L40S-1A,1157,1024,32",
        "L40S-8A,1162,8192,6", "L40S-24A,1165,24576,2", "A40-1B,555,1024,32", "A40-2B,556,2048,24",
        "A40-2Q,558,2048,24", "A40-3Q,559,3072,16", "A40-4Q,560,4096,12", "A40-6Q,561,6144,8",
        "A40-8Q,562,8192,6", "A40-12Q,563,12288,4", "A40-16Q,564,16384,3", "A40-24Q,565,24576,2",
    })
    void idsSizesAndCountsAreAsPublished(String name, int id, long profileMib, int max) {
        VgpuType type = TypeCatalogue.shipped().find(name).orElseThrow();
        assertThat(type.id()).isEqualTo(id);
        assertThat(type.profileSizeBytes()).isEqualTo(profileMib * MIB);
        assertThat(type.maxInstances()).isEqualTo(max);
        assertThat(type.fbLengthBytes() + type.fbReservationBytes()).isEqualTo(type.profileSizeBytes());
    }

    @ParameterizedTest
    @CsvSource({"L40-1Q,0x38000000,0x08000000", "L40-2Q,0x74000000,0x0C000000", "L40-4Q,0xEC000000,0x14000000"})
    void theReservationRuleGivesThePublishedSizes(String name, String length, String reservation) {
        VgpuType type = TypeCatalogue.shipped().find(name).orElseThrow();
        assertThat(type.fbLengthBytes()).isEqualTo(Long.decode(length));
        assertThat(type.fbReservationBytes()).isEqualTo(Long.decode(reservation));
    }

    @Test
    void theReservationRuleHoldsForEveryRow() {
        for (VgpuType type : TypeCatalogue.shipped().types()) {
            long gib = type.profileSizeBytes() >> 30;
            assertThat(type.fbReservationBytes()).as(type.name()).isEqualTo((64 + 64 * gib) * MIB);
        }
    }

    @Test
    void idsOfOurOwnAreMarkedAndInOurRange() {
        for (VgpuType type : TypeCatalogue.shipped().types()) {
            assertThat(type.derived().contains("id")).as(type.name()).isEqualTo(type.id() > 1_000_000);
        }
    }

    @Test
    void aFileOfOnesOwnAddsToTheShippedTypes(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("mine.json"),
                shippedText("L40.json").replace("\"L40-", "\"Mine-").replaceAll("\"id\": (\\d+)", "\"id\": 9$1"));
        TypeCatalogue all = TypeCatalogue.shipped().with(file);
        assertThat(all.types()).hasSize(134 + 29);
        assertThat(all.find("Mine-8Q").orElseThrow().board()).isEqualTo("L40");
    }

    @Test
    void aTakenNameOrIdIsNamed() throws IOException {
        TypeFile again = TypeFile.parse("again", shippedText("L40.json").getBytes(StandardCharsets.UTF_8));
        assertThatExceptionOfType(TypeFileException.class)
                .isThrownBy(() -> TypeCatalogue.shipped().with(again))
                .withMessageContaining("there is a type L40-1B already")
                .withMessageContaining("L40-1B has id 869 already");
    }

    @Test
    void everyProblemIsReportedWithItsPath() throws IOException {
        String text = shippedText("L40.json")
                .replace(
                        "\"profileSizeMiB\": 8192, \"fbReservationMiB\": 576",
                        "\"profileSizeMiB\": 8192, \"fbReservationMiB\": 577")
                .replace("\"id\": 869", "\"id\": \"869\"")
                .replace("\"heads\": 1", "\"heads\": 0")
                .replace("\"subsystemDevice\": \"0x176e\"", "\"subsystemDevice\": \"176e\", \"colour\": \"green\"")
                .replace("\"bar1MiB\": 16384", "\"bar1MiB\": 16383");
        TypeFileException problem = org.assertj.core.api.Assertions.catchThrowableOfType(
                TypeFileException.class, () -> TypeFile.parse("bad.json", text.getBytes(StandardCharsets.UTF_8)));
        assertThat(problem.problems())
                .extracting(Problem::path)
                .contains("types[5].fbLengthMiB", "types[9].bar1MiB", "types[10].id", "types[11].subsystemDevice")
                .contains("types[11].colour", "series.A.heads");
        assertThat(problem).hasMessageContaining("must make profileSizeMiB, 8192");
    }

    @Test
    void everyBoardIsKnownAsItsFileSays() {
        TypeCatalogue shipped = TypeCatalogue.shipped();
        assertThat(shipped.boards())
                .extracting(Board::name)
                .containsExactly("L40", "L40S", "A40", "RTX6000-Ada", "RTX-PRO-6000");
        Board a40 = shipped.board("A40").orElseThrow();
        assertThat(a40.chip()).isEqualTo("GA102");
        assertThat(a40.note()).contains("registers of an AD102");
        assertThat(a40.subsystem().toString()).isEqualTo("10de:145a");
        for (VgpuType type : shipped.types()) {
            Board board = shipped.board(type.board()).orElseThrow();
            assertThat(type.boardDevice()).isEqualTo(board.id());
            assertThat(type.boardFbBytes()).isEqualTo(board.fbBytes());
        }
    }

    /** As the example configuration of NVIDIA's vgpu-device-manager has them: what, and how many of one size. */
    @ParameterizedTest
    @CsvSource({
        "Q, '3Q 32, 4Q 24, 6Q 16, 8Q 12, 12Q 8, 16Q 6, 24Q 4, 32Q 3, 48Q 2, 96Q 1'",
        "C, '8C 12, 12C 8, 16C 6, 24C 4, 32C 3, 48C 2, 96C 1'",
    })
    void theTypesOfTheBlackwellBoardAreThePublishedOnes(TypeSeries series, String expected) {
        assertThat(TypeCatalogue.shipped().types().stream()
                        .filter(type -> type.board().equals("RTX-PRO-6000") && type.series() == series)
                        .map(type -> type.name().replaceFirst("DC-", "") + " " + type.maxInstances())
                        .toList())
                .containsExactly(expected.split(", ", -1));
    }

    @Test
    void aBoardIsFoundHoweverItsNameIsWritten() {
        TypeCatalogue shipped = TypeCatalogue.shipped();
        Board board = shipped.board("RTX PRO 6000").orElseThrow();
        assertThat(board.chip()).isEqualTo("GB202");
        assertThat(board.id().toString()).isEqualTo("10de:2bb5");
        assertThat(board.fbBytes()).isEqualTo(96L << 30);
        assertThat(shipped.board("rtx-pro-6000")).contains(board);
        assertThat(shipped.board("RTX6000")).isEmpty();
        assertThat(shipped.find("DC-3Q").orElseThrow().product()).isEqualTo("NVIDIA RTX Pro 6000 Blackwell DC-3Q");
        assertThat(shipped.find("L40-8Q").orElseThrow().product()).isEqualTo("NVIDIA L40-8Q");
    }

    @Test
    void aBoardsProblemsAreReportedWithTheTypes() throws IOException {
        String text = shippedText("L40.json")
                .replace("\"chip\": \"AD102\"", "\"chip\": \"Ada\"")
                .replace("\"revision\": \"0xa1\"", "\"revision\": 161, \"colour\": 1")
                .replace("\"virtualFunctions\": 32", "\"virtualFunctions\": 64")
                .replace("\"maxInstancesMixed\": 4", "\"maxInstancesMixed\": 6");
        TypeFileException problem = org.assertj.core.api.Assertions.catchThrowableOfType(
                TypeFileException.class, () -> TypeFile.parse("bad.json", text.getBytes(StandardCharsets.UTF_8)));
        assertThat(problem.problems())
                .extracting(Problem::path)
                .contains("hardware.chip", "hardware.revision", "hardware.colour", "hardware.virtualFunctions")
                .contains("types[5].maxInstancesMixed", "types[6].maxInstancesMixed");
        assertThat(problem).hasMessageContaining("a profile of 8192 MiB has 4 placements on this board, not 6.");
    }

    @Test
    void hostileFilesAreRefusedInWords() {
        refused("", "It must be one JSON object");
        refused("[1]", "It must be one JSON object");
        refused("{\"schema\": 1, \"schema\": 1}", "It is no JSON");
        refused("{\"schema\": 2}", "reads schema 1, not 2");
        refused("{\"schema\": 1e99}", "a whole number is needed");
        refused("[".repeat(100_000), "It is no JSON");
        refused(" ".repeat(TypeFile.MAX_FILE_BYTES + 1), "at the most");
    }

    private static void refused(String text, String sentence) {
        assertThatExceptionOfType(TypeFileException.class)
                .isThrownBy(() -> TypeFile.parse("hostile.json", text.getBytes(StandardCharsets.UTF_8)))
                .withMessageContaining(sentence);
    }

    private static String shippedText(String name) throws IOException {
        try (InputStream in = TypeCatalogue.class.getResourceAsStream("/io/lamella/vgpu/types/" + name)) {
            return new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
