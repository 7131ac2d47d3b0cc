// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Makes ordinary messages and damages them. The same random numbers make the same messages. */
final class MessageMutator {
    private static final long[] NASTY = {
        0,
        1,
        2,
        3,
        7,
        8,
        9,
        15,
        16,
        17,
        31,
        32,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0x1_0000,
        4095,
        4096,
        4097,
        0xf_ffff,
        0x10_0000,
        0x10_0001,
        0x7fff_ffffL,
        0x8000_0000L,
        0xffff_ffffL,
        0x1_0000_0000L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -4096,
        -8,
        -1,
    };

    private final Random random;

    MessageMutator(Random random) {
        this.random = random;
    }

    /** An ordinary message, with what may be random chosen at random. */
    WireMessage ordinary() {
        int region = random.nextInt(9);
        long iova = (long) random.nextInt(64) << 12;
        long pages = (1L + random.nextInt(16)) << 12;
        WireMessage message = switch (random.nextInt(18)) {
            case 0 -> WireMessage.version(0, random.nextInt(2), HostileClient.CAPABILITIES);
            case 1, 2 -> WireMessage.dmaMap(random.nextInt(4), 0, iova, pages);
            case 3, 4 -> WireMessage.dmaUnmap(0, iova, pages);
            case 5 -> WireMessage.deviceInfo(16);
            case 6 -> WireMessage.regionInfo(32 + 16 * random.nextInt(5), region);
            case 7 -> WireMessage.irqInfo(16, random.nextInt(5));
            case 8, 9 ->
                WireMessage.setIrqs(
                        1 << random.nextInt(3) | 8 << random.nextInt(3),
                        random.nextInt(5),
                        random.nextInt(4),
                        random.nextInt(4));
            case 10, 11 -> WireMessage.regionRead(region, random.nextInt(4096), 1 << random.nextInt(13));
            case 12, 13 -> WireMessage.regionWrite(region, random.nextInt(4096), randomBytes(1 << random.nextInt(10)));
            case 14 -> WireMessage.reset();
            case 15 -> multi();
            case 16 ->
                WireMessage.deviceFeature(8 + random.nextInt(24), random.nextInt(1 << 19))
                        .bytes(randomBytes(random.nextInt(32)));
            default -> WireMessage.of(random.nextInt(20)).bytes(randomBytes(random.nextInt(64)));
        };
        if (random.nextInt(8) == 0) {
            message.flags(WireMessage.NO_REPLY);
        }
        return message.id(random.nextInt(1 << 16));
    }

    private WireMessage multi() {
        int count = random.nextInt(4);
        WireMessage message = WireMessage.of(WireMessage.REGION_WRITE_MULTI).u64(count);
        for (int i = 0; i < count; i++) {
            message.u64(random.nextInt(4096))
                    .u32(random.nextInt(9), 1 << random.nextInt(4))
                    .u64(random.nextLong());
        }
        return message;
    }

    private byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** The message with one to three things wrong; now and then with none. */
    byte[] damage(byte[] message) {
        byte[] damaged = message;
        int times = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            damaged = damageOnce(damaged);
        }
        return damaged;
    }

    private byte[] damageOnce(byte[] message) {
        ByteBuffer bytes = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        int length = message.length;
        switch (random.nextInt(12)) {
            case 0 -> {
                // The size in the header, by a little or to something quite different.
                if (length >= 8) {
                    bytes.putInt(4, random.nextBoolean() ? length + random.nextInt(33) - 16 : (int) nasty());
                }
            }
            case 1 -> {
                if (length >= 12) {
                    bytes.putInt(8, random.nextBoolean() ? random.nextInt(64) : (int) nasty());
                }
            }
            case 2 -> {
                if (length >= 4) {
                    bytes.putShort(2, (short) (random.nextBoolean() ? random.nextInt(24) : (int) nasty()));
                }
            }
            case 3 -> {
                // Shorter, with a header that tells the truth or does not.
                byte[] shorter = Arrays.copyOf(message, random.nextInt(length + 1));
                return random.nextBoolean() ? withTrueSize(shorter) : shorter;
            }
            case 4 -> {
                byte[] longer = Arrays.copyOf(message, length + 1 + random.nextInt(256));
                return random.nextBoolean() ? withTrueSize(longer) : longer;
            }
            case 5 -> {
                if (length > 0) {
                    int at = random.nextInt(length);
                    bytes.put(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
                }
            }
            default -> {
                // A field of the body, aligned, with a number that breaks sums.
                int field = random.nextBoolean() ? 8 : 4;
                int places = (length - WireMessage.HEADER_BYTES) / 4;
                if (places > 0) {
                    int at = WireMessage.HEADER_BYTES + 4 * random.nextInt(places);
                    if (field == 8 && at + 8 <= length) {
                        bytes.putLong(at, nasty());
                    } else {
                        bytes.putInt(at, (int) nasty());
                    }
                }
            }
        }
        return message;
    }

    private static byte[] withTrueSize(byte[] message) {
        if (message.length >= WireMessage.HEADER_BYTES) {
            ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).putInt(4, message.length);
        }
        return message;
    }

    private long nasty() {
        return NASTY[random.nextInt(NASTY.length)];
    }
}
