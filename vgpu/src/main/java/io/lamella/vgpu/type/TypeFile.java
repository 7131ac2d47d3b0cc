// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import io.lamella.vgpu.type.ObjectReader.Layer;
import io.lamella.vgpu.type.TypeFileException.Problem;
import io.lamella.vgpu.type.VgpuType.PciId;
import io.lamella.vgpu.type.VgpuType.PciIdentity;
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
 * @param types in the order of the file
 * @param sources where the file's values are from
 * @param rules how its derived values were made
 */
public record TypeFile(String board, List<VgpuType> types, List<String> sources, List<String> rules) {
    /** The form of file that is understood. */
    public static final int SCHEMA = 1;

    /** Longer files are refused. */
    public static final int MAX_FILE_BYTES = 1 << 20;

    private static final int MAX_TYPES = 256;
    private static final long MAX_FB_MIB = 1 << 20;
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
        List<String> sources = top.texts("sources", false);
        List<String> rules = top.texts("rules", true);
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
            VgpuType type = row(path, row, bySeries, defaults, board, device, boardFb, problems);
            duplicate(path + ".name", names.put(type.name(), path), problems);
            duplicate(path + ".id", ids.put(type.id(), path), problems);
            types.add(type);
        }
        return new TypeFile(board, types, sources, rules);
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

    private static VgpuType row(
            String path,
            JsonNode row,
            Map<TypeSeries, JsonNode> bySeries,
            JsonNode defaults,
            String board,
            PciId device,
            long boardFbBytes,
            List<Problem> problems) {
        List<Layer> layers = new ArrayList<>();
        layers.add(new Layer(path, row));
        JsonNode seriesName = row.get("series");
        TypeSeries series = TypeSeries.Q;
        if (seriesName != null
                && seriesName.isString()
                && seriesName.stringValue().matches("[ABCQ]")) {
            series = TypeSeries.valueOf(seriesName.stringValue());
            JsonNode values = bySeries.get(series);
            if (values != null) {
                layers.add(new Layer("series." + series, values));
            }
        }
        layers.add(new Layer("defaults", defaults));
        ObjectReader in = new ObjectReader(layers, problems);
        in.text("series", "[ABCQ]", "A, B, C or Q");
        String name =
                in.text("name", "[A-Za-z0-9][A-Za-z0-9_.-]{0,23}", "a name of up to 24 letters, digits, '-', '_', '.'");
        int id = in.integer("id", 1, Integer.MAX_VALUE);
        int before = problems.size();
        long profile = in.mebibytes("profileSizeMiB", MAX_FB_MIB);
        long fbLength = in.mebibytes("fbLengthMiB", MAX_FB_MIB);
        long reservation = in.number("fbReservationMiB", 0, MAX_FB_MIB) << 20;
        long heap = in.mebibytes("gspHeapSizeMiB", 1 << 14);
        long bar1 = in.mebibytes("bar1MiB", 1 << 18);
        int instances = in.integer("maxInstances", 1, 32);
        if (problems.size() == before) {
            checkSizes(in, profile, fbLength, reservation, heap, bar1, instances, boardFbBytes);
        }
        int heads = in.integer("heads", 1, 16);
        long[] resolution = in.pair("maxResolution", 32768);
        long pixels = in.number("maxPixels", 1, 1L << 34);
        int fps = in.integer("fpsLimit", 1, 1000);
        boolean cuda = in.flag("cuda");
        boolean ecc = in.flag("eccSupported");
        int encoder = in.integer("encoderCapacity", 0, 100);
        int subsystem = in.hex("subsystemDevice", 4);
        int classCode = in.hex("classCode", 6);
        List<String> derived = in.texts("derived", true);
        for (String value : derived) {
            if (!in.knows(value)) {
                in.problem("derived", "it names " + value + ", and a type has no such value.");
            }
        }
        in.rejectUnknown();
        return new VgpuType(
                name,
                id,
                board,
                series,
                device,
                new PciIdentity(device, new PciId(device.vendor(), subsystem), classCode),
                profile,
                fbLength,
                reservation,
                heap,
                bar1,
                instances,
                heads,
                (int) resolution[0],
                (int) resolution[1],
                pixels,
                fps,
                cuda,
                ecc,
                encoder,
                Set.copyOf(derived));
    }

    private static void checkSizes(
            ObjectReader in,
            long profile,
            long fbLength,
            long reservation,
            long heap,
            long bar1,
            int instances,
            long boardFb) {
        if (fbLength + reservation != profile) {
            in.problem(
                    "fbLengthMiB",
                    "with fbReservationMiB it makes " + ((fbLength + reservation) >> 20)
                            + ", and must make profileSizeMiB, " + (profile >> 20) + ".");
        }
        if (heap > reservation) {
            in.problem(
                    "gspHeapSizeMiB",
                    (heap >> 20) + " must come out of fbReservationMiB, which is " + (reservation >> 20) + ".");
        }
        if (profile > boardFb / instances) {
            in.problem(
                    "maxInstances",
                    instances + " of " + (profile >> 20) + " MiB are more than the board's " + (boardFb >> 20)
                            + " MiB; at most " + boardFb / profile + " fit.");
        }
        if (Long.bitCount(bar1) != 1) {
            in.problem("bar1MiB", "a power of two is needed, not " + (bar1 >> 20) + ".");
        }
    }
}
