// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The functions of {@code struct lamella_platform}, in its order. Each takes the platform's context as its first argument. */
public enum PlatformFunction {
    CONFIG_SIZE(JAVA_INT, ADDRESS),
    CONFIG_READ(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS),
    CONFIG_WRITE(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
    BAR_DESCRIBE(JAVA_INT, JAVA_INT, ADDRESS),
    BAR_READ(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS),
    BAR_WRITE(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG),
    BAR_READ_BLOCK(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG),
    BAR_WRITE_BLOCK(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG),
    DMA_ALLOCATE(JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS),
    DMA_FREE(JAVA_INT, JAVA_LONG),
    INTERRUPT_COUNT(JAVA_INT, JAVA_INT, ADDRESS),
    INTERRUPT_LISTEN(JAVA_INT, ADDRESS, ADDRESS),
    RESET(JAVA_INT, ADDRESS),
    FIRMWARE_READ(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS),
    LOG(null, JAVA_INT, ADDRESS),
    CLOCK_NANOS(JAVA_LONG),
    SLEEP_NANOS(null, JAVA_LONG);

    @SuppressWarnings("ImmutableEnumChecker") // A descriptor does not change.
    private final FunctionDescriptor descriptor;

    PlatformFunction(@Nullable MemoryLayout result, MemoryLayout... arguments) {
        MemoryLayout[] all =
                Stream.concat(Stream.of(ADDRESS), Stream.of(arguments)).toArray(MemoryLayout[]::new);
        descriptor = result == null ? FunctionDescriptor.ofVoid(all) : FunctionDescriptor.of(result, all);
    }

    /** Its name in the header. */
    public String cName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public FunctionDescriptor descriptor() {
        return descriptor;
    }

    /** The how-many-eth function of the struct it is. */
    @SuppressWarnings("EnumOrdinal") // The constants stand in the header's order.
    public int position() {
        return ordinal();
    }
}
