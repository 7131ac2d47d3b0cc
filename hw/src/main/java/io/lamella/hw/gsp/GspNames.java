// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What messages, classes and controls are called, for people. First come the declarations of this package; what none of them describes is
 * looked up in NVIDIA's full lists, which are names only.
 */
public final class GspNames {
    private static final String RESOURCE = "names.txt";

    /** Read when the first name is asked for that the declarations do not have. */
    private static final class Lists {
        static final Map<String, String> BY_KEY = read();
    }

    private GspNames() {}

    /** A message from the driver. */
    public static Optional<String> function(@Nullable GspAbi abi, int number) {
        return GspFunction.of(number).map(Enum::name).or(() -> listed("function", number, abi));
    }

    /** A message of the GSP's own accord. */
    public static Optional<String> event(@Nullable GspAbi abi, int number) {
        return GspEvent.of(number).map(Enum::name).or(() -> listed("event", number, abi));
    }

    /** A class of objects. */
    public static Optional<String> rmClass(@Nullable GspAbi abi, int number) {
        return RmClass.of(number).map(Enum::name).or(() -> listed("class", number, abi));
    }

    /** A control. */
    public static Optional<String> control(@Nullable GspAbi abi, int number) {
        Optional<String> declared =
                abi == null ? Optional.empty() : abi.controlOf(number).map(Enum::name);
        return declared.or(() -> listed("control", number, abi));
    }

    private static Optional<String> listed(String kind, int number, @Nullable GspAbi abi) {
        String key = key(kind, Integer.toUnsignedLong(number));
        String name = abi == null ? null : Lists.BY_KEY.get(key + " " + abi.release());
        return Optional.ofNullable(name != null ? name : Lists.BY_KEY.get(key));
    }

    private static String key(String kind, long number) {
        return kind + " " + number;
    }

    private static Map<String, String> read() {
        Map<String, String> names = new HashMap<>(4096);
        try (InputStream stream = GspNames.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IllegalStateException("The module lacks its resource " + RESOURCE + ".");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#") && !line.isBlank()) {
                    String[] words = line.split(" ", -1);
                    String key = key(words[0], Long.decode(words[1]));
                    if (words.length > 3) {
                        names.put(key + " " + words[3], words[2]);
                    }
                    names.put(key, words[2]);
                }
            }
            return Map.copyOf(names);
        } catch (IOException e) {
            throw new UncheckedIOException("The resource " + RESOURCE + " cannot be read.", e);
        }
    }
}
