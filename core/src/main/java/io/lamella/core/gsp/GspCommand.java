// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.device.Bytes;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A command for the firmware: which function, what payload, what comes back.
 *
 * @param <R> the reply; {@link NoReply} where there is none, and then the command can only be posted
 */
sealed interface GspCommand<R> {
    /** The reply of a command that gets none. */
    final class NoReply {
        private NoReply() {}
    }

    /** The reply of a command that gets an empty one. */
    record Done() {}

    GspFunction function();

    MemorySegment payload(GspAbi abi);

    /** The least that the reply has. */
    default int replyBytes(GspAbi abi) {
        return (int) payload(abi).byteSize();
    }

    /** Takes the reply apart. @throws RmException if it is a refusal */
    R reply(GspAbi abi, Bytes payload);

    /** Finishes the sentence "The GSP did not ...". */
    default String what() {
        return "answer " + function();
    }

    private static MemorySegment zeroes(long sizeBytes) {
        return MemorySegment.ofArray(new byte[Math.toIntExact(sizeBytes)]);
    }

    /** What the host has. */
    record SetSystemInfo(SystemInfo info) implements GspCommand<NoReply> {
        @Override
        public GspFunction function() {
            return GspFunction.GSP_SET_SYSTEM_INFO;
        }

        @Override
        public MemorySegment payload(GspAbi abi) {
            MemorySegment target = zeroes(abi.systemInfo().sizeBytes());
            info.write(abi.systemInfo(), target);
            return target;
        }

        @Override
        public NoReply reply(GspAbi abi, Bytes payload) {
            throw new IllegalStateException("There is no reply.");
        }
    }

    /** Settings of the resource manager: whole numbers by name. */
    record SetRegistry(Map<String, Integer> settings) implements GspCommand<NoReply> {
        private static final int HEADER_BYTES = 8;
        private static final int ENTRY_BYTES = 16;
        private static final byte DWORD = 1;

        @Override
        public GspFunction function() {
            return GspFunction.SET_REGISTRY;
        }

        @Override
        public MemorySegment payload(GspAbi abi) {
            int nameOffset = HEADER_BYTES + ENTRY_BYTES * settings.size();
            int size = nameOffset;
            for (String name : settings.keySet()) {
                size += name.length() + 1;
            }
            MemorySegment target = zeroes(size);
            target.set(Bytes.INT, 0, size);
            target.set(Bytes.INT, 4, settings.size());
            long entry = HEADER_BYTES;
            for (Map.Entry<String, Integer> setting : settings.entrySet()) {
                byte[] name = setting.getKey().getBytes(StandardCharsets.US_ASCII);
                target.set(Bytes.INT, entry, nameOffset);
                target.set(ValueLayout.JAVA_BYTE, entry + 4, DWORD);
                target.set(Bytes.INT, entry + 8, setting.getValue());
                target.set(Bytes.INT, entry + 12, Integer.BYTES);
                MemorySegment.copy(name, 0, target, ValueLayout.JAVA_BYTE, nameOffset, name.length);
                nameOffset += name.length + 1;
                entry += ENTRY_BYTES;
            }
            return target;
        }

        @Override
        public NoReply reply(GspAbi abi, Bytes payload) {
            throw new IllegalStateException("There is no reply.");
        }
    }

    /** What the GPU has. */
    record GetStaticInfo() implements GspCommand<StaticInfo> {
        @Override
        public GspFunction function() {
            return GspFunction.GET_GSP_STATIC_INFO;
        }

        @Override
        public MemorySegment payload(GspAbi abi) {
            return zeroes(abi.staticInfo().sizeBytes());
        }

        @Override
        public StaticInfo reply(GspAbi abi, Bytes payload) {
            return StaticInfo.read(abi.staticInfo(), payload);
        }
    }

    /** A control, with its parameters before and after. */
    record Control(String name, int client, int object, int number, MemorySegment parameters)
            implements GspCommand<MemorySegment> {
        @Override
        public GspFunction function() {
            return GspFunction.GSP_RM_CONTROL;
        }

        @Override
        public String what() {
            return "answer control " + name;
        }

        @Override
        public MemorySegment payload(GspAbi abi) {
            Struct envelope = abi.controlEnvelope();
            MemorySegment target = zeroes(envelope.sizeBytes() + parameters.byteSize());
            envelope.u32("hClient").set(target, 0, client);
            envelope.u32("hObject").set(target, 0, object);
            envelope.u32("cmd").set(target, 0, number);
            envelope.u32("paramsSize").set(target, 0, (int) parameters.byteSize());
            MemorySegment.copy(parameters, 0, target, envelope.sizeBytes(), parameters.byteSize());
            return target;
        }

        @Override
        public MemorySegment reply(GspAbi abi, Bytes payload) {
            Struct envelope = abi.controlEnvelope();
            RmStatus.check(name, envelope.u32("status").get(payload.memory(), 0));
            return payload.slice("parameters", envelope.sizeBytes(), parameters.byteSize())
                    .memory();
        }
    }

    /** Makes an object. */
    record Allocate(String name, int client, int parent, int handle, int rmClass, MemorySegment parameters)
            implements GspCommand<Done> {
        @Override
        public GspFunction function() {
            return GspFunction.GSP_RM_ALLOC;
        }

        @Override
        public String what() {
            return "answer the allocation of " + name;
        }

        @Override
        public MemorySegment payload(GspAbi abi) {
            Struct envelope = abi.allocEnvelope();
            MemorySegment target = zeroes(envelope.sizeBytes() + parameters.byteSize());
            envelope.u32("hClient").set(target, 0, client);
            envelope.u32("hParent").set(target, 0, parent);
            envelope.u32("hObject").set(target, 0, handle);
            envelope.u32("hClass").set(target, 0, rmClass);
            envelope.u32("paramsSize").set(target, 0, (int) parameters.byteSize());
            MemorySegment.copy(parameters, 0, target, envelope.sizeBytes(), parameters.byteSize());
            return target;
        }

        @Override
        public Done reply(GspAbi abi, Bytes payload) {
            RmStatus.check(
                    "The allocation of " + name,
                    abi.allocEnvelope().u32("status").get(payload.memory(), 0));
            return new Done();
        }
    }

    /** Frees an object and all below it. */
    record Free(int client, int handle) implements GspCommand<Done> {
        @Override
        public GspFunction function() {
            return GspFunction.FREE;
        }

        @Override
        public MemorySegment payload(GspAbi abi) {
            Struct envelope = abi.freeEnvelope();
            MemorySegment target = zeroes(envelope.sizeBytes());
            envelope.u32("hRoot").set(target, 0, client);
            envelope.u32("hObjectOld").set(target, 0, handle);
            return target;
        }

        @Override
        public Done reply(GspAbi abi, Bytes payload) {
            RmStatus.check(
                    String.format("Freeing object 0x%x", handle),
                    abi.freeEnvelope().u32("status").get(payload.memory(), 0));
            return new Done();
        }
    }

    /** The driver is about to leave. */
    record Unload() implements GspCommand<Done> {
        @Override
        public GspFunction function() {
            return GspFunction.UNLOADING_GUEST_DRIVER;
        }

        @Override
        public MemorySegment payload(GspAbi abi) {
            return zeroes(abi.struct("rpc_unloading_guest_driver_v1F_07").sizeBytes());
        }

        @Override
        public Done reply(GspAbi abi, Bytes payload) {
            return new Done();
        }
    }
}
