// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.gpu.rm.Registry;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.GspNames;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message between driver and GSP in words.
 *
 * @param name of the function, with the control's or the class's behind it
 * @param known whether all of the name is a name
 * @param fields of the payload
 * @param status that the payload carries, 0 if it carries none
 */
public record RpcText(String name, boolean known, Map<String, Object> fields, int status) {
    /** Names of envelopes' fields that are shown in other words or not at all. */
    private static final java.util.Set<String> NOT_SHOWN =
            java.util.Set.of("cmd", "hClass", "status", "paramsSize", "rmapiRpcFlags", "rmctrlFlags", "copyOutOnError");

    static boolean isAnswered(int function) {
        return function != GspFunction.GSP_SET_SYSTEM_INFO.number() && function != GspFunction.SET_REGISTRY.number();
    }

    /** A status by name. */
    public static String statusName(int status) {
        return NvStatus.nameOf(status);
    }

    /**
     * A message of the driver, or the answer to it.
     *
     * @param told the release, or null while nobody has said it
     * @param totalBytes length of the payload before it was cut
     */
    public static RpcText of(@Nullable GspAbi told, int function, MemorySegment payload, long totalBytes) {
        // The first message is the one that says which release it is.
        GspAbi abi = told == null && function == GspFunction.GSP_SET_SYSTEM_INFO.number()
                ? GspAbi.ofSystemInfoPayload(totalBytes).orElse(null)
                : told;
        Optional<String> name = GspNames.function(abi, function);
        if (abi == null) {
            return new RpcText(name.orElse("function " + function), name.isPresent(), Map.of(), 0);
        }
        GspFunction known = GspFunction.of(function).orElse(null);
        if (known == GspFunction.GSP_RM_CONTROL) {
            return control(abi, payload);
        }
        if (known == GspFunction.GSP_RM_ALLOC) {
            return allocation(abi, payload);
        }
        if (known == GspFunction.FREE) {
            return free(abi, payload);
        }
        if (known == GspFunction.SET_REGISTRY) {
            return new RpcText(known.name(), true, registry(abi, payload), 0);
        }
        Map<String, Object> fields = known == null
                ? Map.of()
                : abi.payload(known)
                        .map(struct -> StructFields.of(struct, payload, 0))
                        .orElse(Map.of());
        return new RpcText(name.orElse("function " + function), name.isPresent(), fields, 0);
    }

    /** A message of the GSP's own accord. */
    public static RpcText ofEvent(@Nullable GspAbi abi, int number, MemorySegment payload) {
        Optional<String> name = GspNames.event(abi, number);
        Map<String, Object> fields = abi == null
                ? Map.of()
                : GspEvent.of(number)
                        .flatMap(abi::payload)
                        .map(struct -> StructFields.of(struct, payload, 0))
                        .orElse(Map.of());
        return new RpcText(name.orElse("event 0x" + Integer.toHexString(number)), name.isPresent(), fields, 0);
    }

    private static Map<String, Object> registry(GspAbi abi, MemorySegment payload) {
        try {
            return new LinkedHashMap<>(new java.util.TreeMap<String, Object>(Registry.read(abi, payload)));
        } catch (IllegalArgumentException e) {
            return Map.of("malformed", String.valueOf(e.getMessage()));
        }
    }

    private static RpcText control(GspAbi abi, MemorySegment payload) {
        Struct envelope = abi.controlEnvelope();
        String function = GspFunction.GSP_RM_CONTROL.name();
        if (!envelope.fits(payload, 0)) {
            return new RpcText(function, true, Map.of("malformed", payload.byteSize() + " bytes"), 0);
        }
        int number = envelope.u32("cmd").get(payload, 0);
        Optional<String> name = GspNames.control(abi, number);
        Map<String, Object> fields = envelope(envelope, payload);
        abi.controlOf(number)
                .ifPresent(
                        control -> fields.putAll(StructFields.of(abi.control(control), payload, envelope.sizeBytes())));
        return new RpcText(
                function + " " + name.orElse("control 0x" + Integer.toHexString(number)),
                name.isPresent(),
                fields,
                envelope.u32("status").get(payload, 0));
    }

    private static RpcText allocation(GspAbi abi, MemorySegment payload) {
        Struct envelope = abi.allocEnvelope();
        String function = GspFunction.GSP_RM_ALLOC.name();
        if (!envelope.fits(payload, 0)) {
            return new RpcText(function, true, Map.of("malformed", payload.byteSize() + " bytes"), 0);
        }
        int number = envelope.u32("hClass").get(payload, 0);
        Optional<String> name = GspNames.rmClass(abi, number);
        Map<String, Object> fields = envelope(envelope, payload);
        RmClass.of(number)
                .flatMap(abi::allocation)
                .ifPresent(struct -> fields.putAll(StructFields.of(struct, payload, envelope.sizeBytes())));
        return new RpcText(
                function + " " + name.orElse("class 0x" + Integer.toHexString(number)),
                name.isPresent(),
                fields,
                envelope.u32("status").get(payload, 0));
    }

    private static RpcText free(GspAbi abi, MemorySegment payload) {
        Struct envelope = abi.freeEnvelope();
        int status = envelope.fits(payload, 0) ? envelope.u32("status").get(payload, 0) : 0;
        return new RpcText(GspFunction.FREE.name(), true, envelope(envelope, payload), status);
    }

    private static Map<String, Object> envelope(Struct envelope, MemorySegment payload) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (StructField field : envelope.fields()) {
            if (field instanceof StructField.Scalar scalar && !NOT_SHOWN.contains(field.name())) {
                long value = envelope.fits(payload, 0) ? scalar.value(payload, 0) : 0;
                if (value != 0) {
                    fields.put(field.name(), "0x" + Long.toHexString(value));
                }
            }
        }
        return fields;
    }
}
