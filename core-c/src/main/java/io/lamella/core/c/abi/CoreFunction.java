// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.util.Locale;
import java.util.stream.Stream;

/** The functions of {@code struct lamella_core_ops}, in its order. Each takes a pointer to an error as its last argument. */
public enum CoreFunction {
    GPU_OPEN(ADDRESS, ADDRESS, ADDRESS),
    GPU_CLOSE(JAVA_LONG),
    GPU_DESCRIBE(JAVA_LONG, ADDRESS),
    GPU_ENGINES(JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS),
    GPU_VIRTUAL_FUNCTIONS(JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS),
    GPU_IS_ALIVE(JAVA_LONG, ADDRESS),
    GPU_SESSIONS(JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS),
    SESSION_ATTACH(JAVA_LONG, ADDRESS, ADDRESS),
    SESSION_INFO(JAVA_LONG, ADDRESS),
    SESSION_HELD(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS),
    SESSION_CLOSE(JAVA_LONG),
    RESOURCE_INFO(JAVA_LONG, ADDRESS),
    RESOURCE_CLOSE(JAVA_LONG),
    RESOURCE_QUARANTINE(JAVA_LONG, ADDRESS),
    FB_ALLOCATE(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
    FB_IS_FREE(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS),
    FB_USAGE(JAVA_LONG, ADDRESS),
    FB_SCRUB(JAVA_LONG, JAVA_LONG),
    CHANNEL_IDS_ALLOCATE(JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS, ADDRESS),
    CHANNEL_IDS_FREE(JAVA_LONG, ADDRESS),
    BAR1_MAP(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS),
    BAR1_READ(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS),
    BAR1_WRITE(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG),
    BAR1_READ_BLOCK(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
    BAR1_WRITE_BLOCK(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
    BAR1_FILL(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT),
    RM_OPEN(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
    RM_CONTROL(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
    RM_ALLOCATE(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
    RM_FREE(JAVA_LONG, ADDRESS),
    RM_HAS_FIELD(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
    REPLY_NUMBER(JAVA_LONG, ADDRESS, ADDRESS),
    REPLY_NUMBERS(JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT, ADDRESS),
    REPLY_BYTES(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS),
    REPLY_FREE(JAVA_LONG),
    SRIOV_ENABLED(JAVA_LONG, ADDRESS),
    SRIOV_ENABLE(JAVA_LONG, JAVA_INT),
    VF_DOORBELL(JAVA_LONG, JAVA_INT),
    HOST_MEMORY_ALLOCATE(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS),
    SPACE_CREATE(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
    SPACE_BIND(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT),
    SPACE_UNBIND(JAVA_LONG, JAVA_LONG, JAVA_LONG),
    CHANNEL_OPEN(JAVA_LONG, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS),
    CHANNEL_SUBMIT(JAVA_LONG, JAVA_LONG, JAVA_INT),
    CHANNEL_PENDING(JAVA_LONG, ADDRESS),
    CHANNEL_ERROR(JAVA_LONG, ADDRESS);

    @SuppressWarnings("ImmutableEnumChecker") // A descriptor does not change.
    private final FunctionDescriptor descriptor;

    CoreFunction(MemoryLayout... arguments) {
        descriptor = FunctionDescriptor.of(
                JAVA_INT,
                Stream.concat(Stream.of(arguments), Stream.of(ADDRESS)).toArray(MemoryLayout[]::new));
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
