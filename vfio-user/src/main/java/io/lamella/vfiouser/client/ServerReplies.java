// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.client;

import io.lamella.vfiouser.client.VfioUserClient.Area;
import io.lamella.vfiouser.wire.JsonText;
import io.lamella.vfiouser.wire.Version;
import io.lamella.vfiouser.wire.Wire;
import java.io.Serial;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads those replies whose length and shape the server chooses. The server is not trusted: all is checked before it is used. */
final class ServerReplies {
    /** A reply that is not what it should be; the message says how. */
    static final class Malformed extends Exception {
        @Serial
        private static final long serialVersionUID = 1;

        Malformed(String why) {
            super(why);
        }
    }

    private ServerReplies() {}

    /**
     * The reply to VERSION.
     *
     * @param in has the reply's payload, of {@code sizeBytes}, at {@code at}
     * @param offer what this side said
     */
    static Version version(MemorySegment in, long at, int sizeBytes, Version offer) throws Malformed {
        if (sizeBytes < Wire.VERSION_BYTES) {
            throw new Malformed("the server's version message is too short");
        }
        int major = Short.toUnsignedInt(in.get(Wire.U16, at));
        int minor = Short.toUnsignedInt(in.get(Wire.U16, at + Wire.VERSION_MINOR));
        if (major != 0 || minor > offer.minor() || sizeBytes > Wire.VERSION_BYTES + Version.MAX_TEXT_BYTES) {
            throw new Malformed("the server wants version " + major + "." + minor + ", and this is 0.1");
        }
        byte[] answer = in.asSlice(at + Wire.VERSION_BYTES, sizeBytes - Wire.VERSION_BYTES)
                .toArray(Wire.U8);
        int end = 0;
        while (end < answer.length && answer[end] != 0) {
            end++;
        }
        try {
            return Version.parse(major, minor, new String(answer, 0, end, StandardCharsets.UTF_8));
        } catch (JsonText.Malformed e) {
            throw new Malformed("the server's version text is wrong");
        }
    }

    /**
     * The parts of a region that can be mapped, from the reply to DEVICE_GET_REGION_INFO.
     *
     * @param in has the reply's payload, of {@code sizeBytes}, at {@code at}
     * @param regionBytes the region's size
     * @param fileOffset where the region is in its descriptor
     */
    static List<Area> areas(MemorySegment in, long at, long sizeBytes, long regionBytes, long fileOffset)
            throws Malformed {
        List<Area> areas = new ArrayList<>();
        long cap = Integer.toUnsignedLong(in.get(Wire.U32, at + Wire.REGION_INFO_CAP_OFFSET));
        // The chain only goes forward, so it ends.
        while (cap >= Wire.REGION_INFO_BYTES && cap + Wire.SPARSE_BYTES <= sizeBytes) {
            if (in.get(Wire.U16, at + cap + Wire.CAP_ID) == Wire.CAP_SPARSE_MMAP) {
                long count = Integer.toUnsignedLong(in.get(Wire.U32, at + cap + Wire.SPARSE_COUNT));
                if (count > (sizeBytes - cap - Wire.SPARSE_BYTES) / Wire.SPARSE_AREA_BYTES) {
                    throw new Malformed("the server's list of areas is longer than its message");
                }
                for (long i = 0; i < count; i++) {
                    long area = at + cap + Wire.SPARSE_BYTES + i * Wire.SPARSE_AREA_BYTES;
                    long offset = in.get(Wire.U64, area);
                    long size = in.get(Wire.U64, area + 8);
                    if (offset < 0 || size <= 0 || size > regionBytes - offset) {
                        throw new Malformed("the server's area does not lie in its region");
                    }
                    areas.add(new Area(offset, size, fileOffset + offset));
                }
            }
            long next = Integer.toUnsignedLong(in.get(Wire.U32, at + cap + Wire.CAP_NEXT));
            cap = next > cap ? next : 0;
        }
        return areas;
    }
}
