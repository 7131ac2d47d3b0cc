// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import io.lamella.vgpu.type.ObjectReader.Layer;
import io.lamella.vgpu.type.TypeFileException.Problem;
import io.lamella.vgpu.type.VgpuType.PciId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One type file, parsed and checked.
 *
 * <p>A row's value comes from the row, else from its series, else from the file's defaults.
 *
 * @param board the board's name
 * @param hardware the board, if the file says how one can be made
 * @param types in the order of the file
 * @param sources where the file's values are from
 * @param rules how its derived values were made
 */
public record TypeFile(
        String board, @Nullable Board hardware, List<VgpuType> types, List<String> sources, List<String> rules) {
    /** The form of file that is understood. */
    public static final int SCHEMA = 1;

    /** Longer files are refused. */
    public static final int MAX_FILE_BYTES = 1 << 20;

    private static final int MAX_TYPES = 256;
    static final long MAX_FB_MIB = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    public TypeFile {
        types = List.copyOf(types);
        sources = List.copyOf(sources);
        rules = List.copyOf(rules);
    }

    /**
     * Parses a file.
     *
     * @param name for messages
     * @param content the file, UTF-8
     * @throws TypeFileException with every problem of the file
     */
    public static TypeFile parse(String name, byte[] content) {
        List<Problem> problems = new ArrayList<>();
        TypeFile file = null;
        if (content.length > MAX_FILE_BYTES) {
            problems.add(new Problem(
                    "", "It has " + content.length + " bytes; a type file has " + MAX_FILE_BYTES + " at the most."));
        } else {
            try {
                JsonNode root = JSON.readTree(content);
                if (root == null || !root.isObject()) {
                    problems.add(new Problem("", "It must be one JSON object."));
                } else {
                    file = read(root, problems);
                }
            } catch (JacksonException e) {
                String where = e.getLocation() == null
                        ? ""
                        : "line " + e.getLocation().getLineNr() + ", column "
                                + e.getLocation().getColumnNr();
                problems.add(new Problem(where, "It is no JSON: " + e.getOriginalMessage() + "."));
            }
        }
        if (file == null || !problems.isEmpty()) {
            throw new TypeFileException(name, problems);
        }
        return file;
    }

    private static @Nullable TypeFile read(JsonNode root, List<Problem> problems) {
        ObjectReader top = new ObjectReader(List.of(new Layer("", root)), problems);
        int before = problems.size();
        long schema = top.number("schema", 1, Integer.MAX_VALUE);
        if (problems.size() == before && schema != SCHEMA) {
            top.problem("schema", "this version reads schema " + SCHEMA + ", not " + schema + ".");
            return null;
        }
        String board = top.text(
                "board", "[A-Za-z0-9][A-Za-z0-9_.-]{0,23}", "a name of up to 24 letters, digits, '-', '_', '.'");
        PciId device = new PciId(top.hex("vendor", 4), top.hex("device", 4));
        long boardFb = top.mebibytes("boardFbMiB", MAX_FB_MIB);
        String product = top.has("typeProduct")
                ? top.text("typeProduct", "[ -~]{1,38}", "a name of up to 38 characters")
                : "NVIDIA";
        List<String> sources = top.texts("sources", false);
        List<String> rules = top.texts("rules", true);
        Board hardware = hardware(top, board, device, boardFb, problems);
        JsonNode defaults = top.container("defaults", false);
        JsonNode series = top.container("series", false);
        JsonNode rows = top.container("types", true);
        top.rejectUnknown();
        List<VgpuType> types = new ArrayList<>();
        if (defaults == null || series == null || rows == null) {
            return null;
        }
        if (rows.isEmpty() || rows.size() > MAX_TYPES) {
            top.problem("types", "a file has 1 to " + MAX_TYPES + " types, not " + rows.size() + ".");
            return null;
        }
        Map<TypeSeries, JsonNode> bySeries = seriesOf(series, problems);
        Map<String, String> names = new HashMap<>();
        Map<Integer, String> ids = new HashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            String path = "types[" + i + "]";
            JsonNode row = rows.get(i);
            if (!row.isObject()) {
                problems.add(new Problem(path, "an object is needed."));
                continue;
            }
            VgpuType type = new TypeRow(board, product, device, boardFb, problems).read(path, row, bySeries, defaults);
            duplicate(path + ".name", names.put(type.name(), path), problems);
            duplicate(path + ".id", ids.put(type.id(), path), problems);
            types.add(type);
        }
        return new TypeFile(board, hardware, types, sources, rules);
    }

    private static void duplicate(String path, @Nullable String first, List<Problem> problems) {
        if (first != null) {
            problems.add(new Problem(path, first + " has the same."));
        }
    }

    private static Map<TypeSeries, JsonNode> seriesOf(JsonNode node, List<Problem> problems) {
        Map<TypeSeries, JsonNode> found = new EnumMap<>(TypeSeries.class);
        for (String name : node.propertyNames()) {
            JsonNode values = node.get(name);
            if (!values.isObject()) {
                problems.add(new Problem("series." + name, "an object is needed."));
            } else if (!name.matches("[ABCQ]")) {
                problems.add(new Problem("series." + name, "the series are A, B, C and Q."));
            } else {
                found.put(TypeSeries.valueOf(name), values);
            }
        }
        return found;
    }

    private static @Nullable Board hardware(
            ObjectReader top, String board, PciId device, long fbBytes, List<Problem> problems) {
        JsonNode node = top.has("hardware") ? top.container("hardware", false) : null;
        if (node == null) {
            return null;
        }
        ObjectReader in = new ObjectReader(List.of(new Layer("hardware", node)), problems);
        String product = in.text("product", "[ -~]{1,63}", "a name of up to 63 characters");
        String chip = in.text("chip", "[A-Z]{2}[0-9]{3}", "a chip such as AD102");
        PciId subsystem = new PciId(in.hex("subsystemVendor", 4), in.hex("subsystemDevice", 4));
        int revision = in.hex("revision", 2);
        int classCode = in.hex("classCode", 6);
        int functions = in.integer("virtualFunctions", 1, 63);
        String note = in.text("note", "[ -~]{0,400}", "a text of up to 400 characters");
        Set<String> derived = in.derived();
        in.rejectUnknown();
        return new Board(
                board, product, chip, device, subsystem, revision, classCode, fbBytes, functions, note, derived);
    }
}
