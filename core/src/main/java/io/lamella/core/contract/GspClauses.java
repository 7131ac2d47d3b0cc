// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.GspClient;
import io.lamella.core.RmException;
import io.lamella.core.RmObject;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Clients of the firmware's resource manager, and requests by name. The requests used here are known to every release. */
final class GspClauses {
    private static final RmRequest ENGINES = RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE");
    private static final RmRequest ADDRESS_SPACE = RmRequest.of("VASPACE").with("flags", 8);

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "gsp.client.objects",
                    "A client has a client object, a device and a subdevice; no two clients have one handle.",
                    GspClauses::objects),
            Clause.quick(
                    "gsp.control.answer",
                    "A control's answer can be read by name, as numbers, arrays of numbers and bytes.",
                    GspClauses::answers),
            Clause.quick(
                    "gsp.control.unknown-name",
                    "A control or class that the release does not have is refused with NOT_SUPPORTED.",
                    GspClauses::unknownName),
            Clause.quick(
                    "gsp.control.unknown-field",
                    "A field that the release does not have is refused with NOT_SUPPORTED, in requests and replies.",
                    GspClauses::unknownField),
            Clause.quick(
                    "gsp.control.does-not-fit",
                    "A value that does not fit its field is refused with INVALID; one that fits as signed or unsigned is"
                            + " taken.",
                    GspClauses::doesNotFit),
            Clause.quick(
                    "gsp.has-field",
                    "hasField() is true for what requests may name, and false for all else.",
                    GspClauses::hasField),
            Clause.quick(
                    "gsp.firmware-refuses",
                    "What the firmware refuses is an RmException with the firmware's status, and no harm is done.",
                    GspClauses::firmwareRefuses),
            Clause.quick(
                    "gsp.object.life",
                    "An object that was freed is no object of the client any more.",
                    GspClauses::life),
            Clause.quick(
                    "gsp.object.foreign",
                    "Objects of another client, and none at all, are refused with NOT_FOUND.",
                    GspClauses::foreign),
            Clause.quick("gsp.object.free-below", "Freeing an object frees all below it.", GspClauses::freesBelow),
            Clause.quick(
                    "gsp.client.not-freed",
                    "The client object itself cannot be freed, only closed; INVALID.",
                    GspClauses::clientIsClosed),
            Clause.quick(
                    "gsp.client.close",
                    "A client that is closed answers CLOSED, and others go on.",
                    GspClauses::closes),
            Clause.quick("gsp.client.label", "A wrong label is refused with INVALID.", GspClauses::labels),
            Clause.full(
                    "gsp.client.many",
                    "Clients can be opened and closed again and again, and their handles used again.",
                    GspClauses::many));

    private static final int ROUNDS = 40;

    private GspClauses() {}

    private static void objects(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient one = session.openGspClient("one");
                GspClient other = session.openGspClient("other")) {
            Set<Integer> handles = new HashSet<>(List.of(
                    one.client().handle(),
                    one.device().handle(),
                    one.subdevice().handle()));
            Expect.same(3, handles.size(), "The number of handles of three objects");
            Expect.that(
                    one.client().handle() != other.client().handle(),
                    "Two clients have the handle " + one.client().handle() + ".");
            Expect.same("one", one.label(), "The label");
            Expect.that(one.isHeld() && other.isHeld(), "A client that was just opened is not held.");
        }
    }

    private static void answers(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("asks")) {
            RmReply reply = client.control(client.subdevice(), ENGINES);
            long entries = reply.number("numEntries");
            Expect.that(entries > 0, "The firmware lists " + entries + " engines.");
            Expect.same(reply.number("baseIndex"), 0L, "The index that the list begins at");
            long[] data = reply.numbers("entries[0].engineData");
            Expect.that(data.length > 0, "The first engine has no data.");
            Expect.same(data[0], reply.number("entries[0].engineData[0]"), "An element of an array, read by itself");
            Expect.same(4L * data.length, (long) reply.bytes("entries[0].engineData").length, "The array's bytes");
        }
    }

    private static void unknownName(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("asks")) {
            Expect.refused(
                    CoreError.NOT_SUPPORTED,
                    "control() of NO_SUCH_CONTROL",
                    () -> client.control(client.subdevice(), RmRequest.of("NO_SUCH_CONTROL")));
            Expect.refused(
                    CoreError.NOT_SUPPORTED,
                    "allocate() of NO_SUCH_CLASS",
                    () -> client.allocate(client.device(), RmRequest.of("NO_SUCH_CLASS")));
            Expect.refused(
                    CoreError.NOT_SUPPORTED,
                    "control() without a name",
                    () -> client.control(client.subdevice(), RmRequest.of("")));
        }
    }

    private static void unknownField(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("asks")) {
            Expect.refused(
                    CoreError.NOT_SUPPORTED,
                    "control() with a field noSuchField",
                    () -> client.control(client.subdevice(), ENGINES.with("noSuchField", 1)));
            Expect.refused(
                    CoreError.NOT_SUPPORTED,
                    "allocate() with a field noSuchField",
                    () -> client.allocate(client.device(), ADDRESS_SPACE.with("noSuchField", new byte[] {1})));
            RmReply reply = client.control(client.subdevice(), ENGINES);
            Expect.refused(CoreError.NOT_SUPPORTED, "number() of noSuchField", () -> reply.number("noSuchField"));
            Expect.refused(CoreError.NOT_SUPPORTED, "numbers() of noSuchField", () -> reply.numbers("noSuchField"));
            Expect.refused(CoreError.NOT_SUPPORTED, "bytes() of noSuchField", () -> reply.bytes("noSuchField"));
            Expect.refused(CoreError.NOT_SUPPORTED, "text() of noSuchField", () -> reply.text("noSuchField"));
        }
    }

    private static void doesNotFit(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("asks")) {
            for (long value : new long[] {1L << 32, Long.MAX_VALUE, Long.MIN_VALUE, -(1L << 32)}) {
                Expect.refused(
                        CoreError.INVALID,
                        "control() with " + value + " in a field of 4 bytes",
                        () -> client.control(client.subdevice(), ENGINES.with("baseIndex", value)));
            }
            Expect.refused(
                    CoreError.INVALID,
                    "control() with 5 bytes in a field of 4",
                    () -> client.control(client.subdevice(), ENGINES.with("baseIndex", new byte[5])));
            // All ones, said in both ways. What the firmware thinks of it is its own affair.
            for (long value : new long[] {0xffff_ffffL, -1}) {
                try {
                    client.control(client.subdevice(), ENGINES.with("baseIndex", value));
                } catch (RmException refusal) {
                    Expect.that(refusal.status() != 0, "The firmware refused with status 0.");
                }
            }
        }
    }

    private static void hasField(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("asks")) {
            String name = ENGINES.name();
            Expect.that(client.hasField(name, ""), "hasField() denies the control " + name + ".");
            Expect.that(client.hasField(name, "baseIndex"), "hasField() denies " + name + ".baseIndex.");
            Expect.that(client.hasField("VASPACE", "flags"), "hasField() denies VASPACE.flags.");
            Expect.that(!client.hasField(name, "noSuchField"), "hasField() claims " + name + ".noSuchField.");
            Expect.that(!client.hasField("NO_SUCH_CONTROL", ""), "hasField() claims a control NO_SUCH_CONTROL.");
        }
    }

    private static void firmwareRefuses(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("asks")) {
            try {
                // A control of subdevices, at a device.
                client.control(client.device(), ENGINES);
            } catch (RmException refusal) {
                Expect.that(refusal.status() != 0, "The firmware refused with status 0.");
                Expect.that(
                        refusal.getMessage() != null && !refusal.getMessage().isBlank(), "A refusal without a word.");
                Expect.that(
                        client.control(client.subdevice(), ENGINES).number("numEntries") > 0,
                        "After a refusal the firmware answers differently.");
                return;
            }
            throw new BrokenClause("A device answers a control of subdevices.");
        }
    }

    private static void life(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("makes")) {
            RmObject one = client.allocate(client.device(), ADDRESS_SPACE);
            client.free(one);
            Expect.refused(CoreError.NOT_FOUND, "free() of an object that was freed", () -> client.free(one));
            Expect.refused(
                    CoreError.NOT_FOUND, "control() of an object that was freed", () -> client.control(one, ENGINES));
            RmObject next = client.allocate(client.device(), ADDRESS_SPACE);
            Expect.same(one.rmClass(), next.rmClass(), "The class of the next object of one class");
            client.free(next);
        }
    }

    private static void foreign(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient one = session.openGspClient("one");
                GspClient other = session.openGspClient("other")) {
            RmObject nothing = new RmObject(0x7777_7777, one.subdevice().rmClass());
            for (RmObject object : List.of(other.client(), nothing)) {
                Expect.refused(
                        CoreError.NOT_FOUND, "control() of another's object", () -> one.control(object, ENGINES));
                Expect.refused(
                        CoreError.NOT_FOUND,
                        "allocate() below another's object",
                        () -> one.allocate(object, ADDRESS_SPACE));
                Expect.refused(CoreError.NOT_FOUND, "free() of another's object", () -> one.free(object));
            }
            Expect.that(
                    other.control(other.subdevice(), ENGINES).number("numEntries") > 0, "The other client was freed.");
        }
    }

    private static void freesBelow(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("makes")) {
            client.free(client.device());
            Expect.refused(
                    CoreError.NOT_FOUND,
                    "control() of an object below one that was freed",
                    () -> client.control(client.subdevice(), ENGINES));
            Expect.refused(
                    CoreError.NOT_FOUND,
                    "free() of an object below one that was freed",
                    () -> client.free(client.subdevice()));
            Expect.refused(
                    CoreError.NOT_FOUND,
                    "allocate() below an object that was freed",
                    () -> client.allocate(client.device(), ADDRESS_SPACE));
        }
    }

    private static void clientIsClosed(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("stays")) {
            Expect.refused(CoreError.INVALID, "free() of the client object", () -> client.free(client.client()));
            Expect.that(client.control(client.subdevice(), ENGINES).number("numEntries") > 0, "The client was freed.");
        }
    }

    private static void closes(Trial trial) {
        CoreSession session = trial.attach();
        try (GspClient other = session.openGspClient("goes on")) {
            GspClient client = session.openGspClient("ends");
            RmObject device = client.device();
            RmObject subdevice = client.subdevice();
            client.close();
            client.close();
            Expect.that(!client.isHeld(), "A client is held after close().");
            Expect.refused(CoreError.CLOSED, "control() after close()", () -> client.control(subdevice, ENGINES));
            Expect.refused(CoreError.CLOSED, "allocate() after close()", () -> client.allocate(device, ADDRESS_SPACE));
            Expect.refused(CoreError.CLOSED, "free() after close()", () -> client.free(subdevice));
            Expect.that(
                    other.control(other.subdevice(), ENGINES).number("numEntries") > 0,
                    "Another client does not work any more.");
        }
    }

    private static void labels(Trial trial) {
        CoreSession session = trial.attach();
        for (String label : FrameBufferClauses.wrongLabels()) {
            Expect.refused(
                    CoreError.INVALID,
                    "openGspClient() with a label of " + label.length() + " characters",
                    () -> session.openGspClient(label));
        }
        try (GspClient client = session.openGspClient("ü".repeat(FrameBufferClauses.LONGEST_LABEL))) {
            Expect.that(client.isHeld(), "A client with a long label is not held.");
        }
    }

    private static void many(Trial trial) {
        CoreSession session = trial.attach();
        Set<Integer> handles = new HashSet<>();
        for (int i = 0; i < ROUNDS; i++) {
            try (GspClient client = session.openGspClient("round " + i)) {
                handles.add(client.client().handle());
                client.allocate(client.device(), ADDRESS_SPACE);
            } catch (CoreException failure) {
                throw new BrokenClause("Round " + i + " failed: " + failure.getMessage(), failure);
            }
        }
        Expect.that(handles.size() < ROUNDS, "No handle was used again in " + ROUNDS + " rounds.");
    }
}
