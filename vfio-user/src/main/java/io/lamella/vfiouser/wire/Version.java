// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.wire;

import java.util.Map;

/**
 * What one side says of itself in VERSION.
 *
 * @param major 0
 * @param minor 0 or 1
 * @param maxMessageFds how many descriptors it takes with one message
 * @param maxDataBytes how many bytes of data it takes in one message
 * @param maxDmaMaps how many mappings it keeps
 * @param pageSizes a bit for each page size that mappings are multiples of
 * @param writeMultiple whether it knows REGION_WRITE_MULTI
 */
public record Version(
        int major,
        int minor,
        int maxMessageFds,
        int maxDataBytes,
        int maxDmaMaps,
        long pageSizes,
        boolean writeMultiple) {
    /** The longest text that is looked at. */
    public static final int MAX_TEXT_BYTES = 64 << 10;

    /** What goes without saying. */
    public static final int DEFAULT_MAX_DATA_BYTES = 1 << 20;

    private static final int PAGE_BYTES = 4096;

    /** The text that follows the numbers, without its NUL. */
    public String text() {
        return "{\"capabilities\":{\"max_msg_fds\":" + maxMessageFds + ",\"max_data_xfer_size\":" + maxDataBytes
                + ",\"max_dma_maps\":" + maxDmaMaps + ",\"pgsizes\":" + pageSizes + ",\"write_multiple\":"
                + writeMultiple + "}}";
    }

    /**
     * Reads the text of the other side. Members that are not known are ignored; missing ones have the specification's values.
     *
     * @param text without its NUL; empty if there was none
     * @throws JsonText.Malformed if it is not what it should be, with a sentence
     */
    public static Version parse(int major, int minor, String text) {
        Map<String, Object> capabilities = Map.of();
        if (!text.isEmpty()) {
            if (!(JsonText.parse(text) instanceof Map<?, ?> root)) {
                throw new JsonText.Malformed("The version text is not a JSON object.");
            }
            Object member = root.get("capabilities");
            if (member instanceof Map<?, ?> map) {
                capabilities = JsonText.members(map);
            } else if (member != null) {
                throw new JsonText.Malformed("\"capabilities\" is not an object.");
            }
        }
        Object migration = capabilities.get("migration");
        if (migration != null && !(migration instanceof Map<?, ?>)) {
            throw new JsonText.Malformed("\"migration\" is not an object.");
        }
        Object writeMultiple = capabilities.getOrDefault("write_multiple", false);
        if (!(writeMultiple instanceof Boolean known)) {
            throw new JsonText.Malformed("\"write_multiple\" is not true or false.");
        }
        long pageSizes = number(capabilities, "pgsizes", PAGE_BYTES, 1, Long.MAX_VALUE);
        return new Version(
                major,
                minor,
                (int) number(capabilities, "max_msg_fds", 1, 0, Integer.MAX_VALUE),
                // Below a page, data would take messages without end.
                (int) number(capabilities, "max_data_xfer_size", DEFAULT_MAX_DATA_BYTES, PAGE_BYTES, Long.MAX_VALUE),
                (int) number(capabilities, "max_dma_maps", 65535, 0, Long.MAX_VALUE),
                pageSizes,
                known);
    }

    private static long number(Map<String, Object> members, String name, long absent, long least, long most) {
        Object value = members.get(name);
        if (value == null) {
            return absent;
        }
        if (!(value instanceof Long number) || number < least) {
            throw new JsonText.Malformed("\"" + name + "\" is not a number of " + least + " or more.");
        }
        if (number > most) {
            throw new JsonText.Malformed("\"" + name + "\" is not a number of " + most + " or less.");
        }
        return name.equals("pgsizes") ? number : Math.min(number, Integer.MAX_VALUE);
    }
}
