// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.hw.Chip;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * What a recording says of itself.
 *
 * @param chip of the function that was recorded, such as {@code AD102}
 * @param vgpuType the type of the vGPU whose function was recorded
 * @param hostRelease firmware release of the board's own GSP
 * @param timerNanos what the function's PTIMER said when the recording began
 * @param randomSeed what the function's secrets are made from, in hexadecimal; random itself
 * @param recordedAt date and time, for people
 */
public record RecordingHeader(
        String chip, String vgpuType, String hostRelease, long timerNanos, String randomSeed, String recordedAt) {
    private static final int MAX_VALUE_CHARACTERS = 256;
    private static final int SEED_BYTES = 32;

    public RecordingHeader {
        check(chip);
        check(vgpuType);
        check(hostRelease);
        check(randomSeed);
        check(recordedAt);
    }

    private static void check(String value) {
        if (value.length() > MAX_VALUE_CHARACTERS || value.chars().anyMatch(c -> c < ' ')) {
            throw new IllegalArgumentException(
                    "A value in a recording's header is one line of at most " + MAX_VALUE_CHARACTERS + " characters.");
        }
    }

    /** A seed that nobody can foresee. */
    static String newSeed() {
        byte[] seed = new byte[SEED_BYTES];
        new SecureRandom().nextBytes(seed);
        return HexFormat.of().formatHex(seed);
    }

    /** Gives the same numbers for the same seed, which without it cannot be told. */
    RandomGenerator random() {
        try {
            SecureRandom generator = SecureRandom.getInstance("SHA1PRNG");
            generator.setSeed(randomSeed.getBytes(StandardCharsets.UTF_8));
            return generator;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA1PRNG, which recordings need.", e);
        }
    }

    byte[] bytes() {
        return ("chip=" + chip + "\ntype=" + vgpuType + "\nhost-firmware=" + hostRelease + "\ntimer-nanos=" + timerNanos
                        + "\nrandom-seed="
                        + randomSeed + "\nrecorded-at="
                        + recordedAt + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    static RecordingHeader of(byte[] bytes) throws RecordingException {
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        try {
            return new RecordingHeader(
                    // Older recordings do not say it; there was one chip.
                    values.getOrDefault("chip", Chip.AD102.name()),
                    value(values, "type"),
                    value(values, "host-firmware"),
                    Long.parseLong(value(values, "timer-nanos")),
                    value(values, "random-seed"),
                    value(values, "recorded-at"));
        } catch (IllegalArgumentException e) {
            throw new RecordingException("The recording's header makes no sense: " + e.getMessage());
        }
    }

    private static String value(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + name + ".");
        }
        return value;
    }
}
