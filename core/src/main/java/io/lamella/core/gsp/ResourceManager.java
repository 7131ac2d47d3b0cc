// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Conversations with the firmware's resource manager. Requests come by name; here they meet the release's layouts and numbers, which go no
 * further up.
 */
public final class ResourceManager {
    private final CommandQueue queue;
    private final GspAbi abi;
    private final int timeoutMillis;
    private final AtomicReference<@Nullable String> halted = new AtomicReference<>();

    ResourceManager(CommandQueue queue, GspAbi abi, int timeoutMillis) {
        this.queue = queue;
        this.abi = abi;
        this.timeoutMillis = timeoutMillis;
    }

    GspAbi abi() {
        return abi;
    }

    /** Sends a command that gets no reply. */
    void post(GspCommand<GspCommand.NoReply> command) {
        queue.post(command.function().number(), command.payload(abi), timeoutMillis);
    }

    /** Sends a command and takes its reply apart. */
    <R> R call(GspCommand<R> command) {
        String reason = halted.get();
        if (reason != null) {
            throw new CoreException(CoreError.DEVICE_FAULT, "The GPU's firmware no longer runs: " + reason + ".");
        }
        GspMessage reply = queue.call(
                command.what(),
                command.function().number(),
                command.payload(abi),
                command.replyBytes(abi),
                timeoutMillis);
        if (reply.result() != 0) {
            RmStatus.check(command.function().toString(), reply.result());
        }
        return command.reply(abi, reply.payload());
    }

    /** Notes that the firmware has stopped; calls fail from here on. Whether that is news. */
    public boolean halt(String reason) {
        return halted.compareAndSet(null, reason);
    }

    public boolean isHalted() {
        return halted.get() != null;
    }

    /** Hands over events that wait. */
    public void drain() {
        queue.drain(timeoutMillis);
    }

    /** Something may have arrived. */
    public void wake() {
        queue.wake();
    }

    /** Runs a control on an object. */
    public RmReply control(int client, int object, RmRequest request) {
        RmControl control = control(request.name());
        Struct layout = abi.control(control);
        MemorySegment parameters = StructReply.encode(request, layout);
        MemorySegment result =
                call(new GspCommand.Control(request.name(), client, object, abi.number(control), parameters));
        return new StructReply(request.name(), layout, result);
    }

    /** Creates an object and says its class number. */
    public int allocate(int client, int parent, int handle, RmRequest parameters) {
        RmClass type = rmClass(parameters.name());
        Optional<Struct> layout = abi.allocation(type);
        if (layout.isEmpty()
                && !(parameters.numbers().isEmpty() && parameters.blobs().isEmpty())) {
            throw new CoreException(CoreError.NOT_SUPPORTED, parameters.name() + " is allocated without parameters.");
        }
        MemorySegment content =
                layout.map(found -> StructReply.encode(parameters, found)).orElse(MemorySegment.ofArray(new byte[0]));
        call(new GspCommand.Allocate(parameters.name(), client, parent, handle, type.number(), content));
        return type.number();
    }

    /** Frees an object and all below it. */
    public void free(int client, int handle) {
        call(new GspCommand.Free(client, handle));
    }

    /** Whether the release has a control or class of that name, with that field unless it is empty. */
    public boolean knows(String name, String field) {
        Optional<Struct> layout = Arrays.stream(RmControl.values())
                .filter(control -> control.name().equals(name) && abi.has(control))
                .map(abi::control)
                .findFirst()
                .or(() -> Arrays.stream(RmClass.values())
                        .filter(type -> type.name().equals(name))
                        .findFirst()
                        .flatMap(abi::allocation));
        return layout.isPresent()
                && (field.isEmpty() || layout.get().find(field).isPresent());
    }

    private RmControl control(String name) {
        return Arrays.stream(RmControl.values())
                .filter(control -> control.name().equals(name) && abi.has(control))
                .findFirst()
                .orElseThrow(() -> new CoreException(
                        CoreError.NOT_SUPPORTED, "Firmware " + abi.release() + " has no control " + name + "."));
    }

    private static RmClass rmClass(String name) {
        return Arrays.stream(RmClass.values())
                .filter(type -> type.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CoreException(CoreError.NOT_SUPPORTED, "There is no class " + name + "."));
    }
}
