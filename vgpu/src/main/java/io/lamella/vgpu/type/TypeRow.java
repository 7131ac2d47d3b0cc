// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import io.lamella.vgpu.placement.PlacementIds;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.placement.PlacementSpace;
import io.lamella.vgpu.type.ObjectReader.Layer;
import io.lamella.vgpu.type.TypeFileException.Problem;
import io.lamella.vgpu.type.VgpuType.PciId;
import io.lamella.vgpu.type.VgpuType.PciIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Reads the rows of a type file.
 *
 * @param board the board's name
 * @param product what the names of types are preceded by where drivers show them
 * @param device the board's
 * @param boardFbBytes its frame buffer
 * @param problems where to write down what is wrong
 */
record TypeRow(String board, String product, PciId device, long boardFbBytes, List<Problem> problems) {
    private static final int MOST_INSTANCES = 32;

    VgpuType read(String path, JsonNode row, Map<TypeSeries, JsonNode> bySeries, JsonNode defaults) {
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
        long profile = in.mebibytes("profileSizeMiB", TypeFile.MAX_FB_MIB);
        long fbLength = in.mebibytes("fbLengthMiB", TypeFile.MAX_FB_MIB);
        long reservation = in.number("fbReservationMiB", 0, TypeFile.MAX_FB_MIB) << 20;
        long heap = in.mebibytes("gspHeapSizeMiB", 1 << 14);
        long bar1 = in.mebibytes("bar1MiB", 1 << 18);
        int instances = in.integer("maxInstances", 1, MOST_INSTANCES);
        int mixed = problems.size() == before ? instancesMixed(in, profile) : 1;
        if (problems.size() == before) {
            checkSizes(in, profile, fbLength, reservation, heap, bar1, instances);
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
        boolean multiVgpu = in.has("multiVgpu") && in.flag("multiVgpu");
        Set<String> derived = in.derived();
        in.rejectUnknown();
        return new VgpuType(
                name,
                id,
                product + " " + name,
                board,
                series,
                device,
                boardFbBytes,
                new PciIdentity(device, new PciId(device.vendor(), subsystem), classCode),
                profile,
                fbLength,
                reservation,
                heap,
                bar1,
                instances,
                mixed,
                heads,
                (int) resolution[0],
                (int) resolution[1],
                pixels,
                fps,
                cuda,
                ecc,
                encoder,
                multiVgpu,
                derived);
    }

    /** As the row says, else as many placement ids as the rule makes. */
    private int instancesMixed(ObjectReader in, long profileBytes) {
        long unit = PlacementSpace.NOMINAL_UNIT_BYTES;
        int boardUnits = (int) (boardFbBytes / unit);
        int units = (int) ((profileBytes + unit - 1) / unit);
        int most = PlacementIds.of(PlacementMode.MIXED_SIZE, boardUnits, units, MOST_INSTANCES)
                .size();
        if (!in.has("maxInstancesMixed")) {
            return Math.max(1, most);
        }
        int said = in.integer("maxInstancesMixed", 1, MOST_INSTANCES);
        if (said > most) {
            in.problem(
                    "maxInstancesMixed",
                    "a profile of " + (profileBytes >> 20) + " MiB has " + most + " placements on this board, not "
                            + said + ".");
        }
        return said;
    }

    private void checkSizes(
            ObjectReader in, long profile, long fbLength, long reservation, long heap, long bar1, int instances) {
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
        if (profile > boardFbBytes / instances) {
            in.problem(
                    "maxInstances",
                    instances + " of " + (profile >> 20) + " MiB are more than the board's " + (boardFbBytes >> 20)
                            + " MiB; at most " + boardFbBytes / profile + " fit.");
        }
        if (Long.bitCount(bar1) != 1) {
            in.problem("bar1MiB", "a power of two is needed, not " + (bar1 >> 20) + ".");
        }
    }
}
