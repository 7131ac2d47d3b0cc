// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.gpu.port.Vectors;
import io.lamella.gpu.trace.TraceEvent.Kind;
import io.lamella.hw.Loc;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import io.lamella.hw.reg.PraminWindow;
import io.lamella.hw.reg.Prom;
import io.lamella.hw.reg.Registers;
import io.lamella.hw.reg.Vfn;
import io.lamella.pci.InterruptKind;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gives records their names, by the declarations in {@code io.lamella.hw}. One decoder for one reader: it puts a message and its answer
 * together, so it has to see every record.
 */
public final class TraceDecoder {
    private static final int SIZE_MASK = 0xff;
    private static final int GSP_QUEUE_HEAD =
            Fbif.QUEUE_HEAD.in(Falcons.GSP.falcon()).at(0).offset();

    private final long beginNanos;
    private final Set<Kind> wanted;
    private final Consumer<TraceEvent> sink;
    private @Nullable TraceRecord openCall;

    /**
     * Makes one.
     *
     * @param beginNanos what counts as time 0, by the GPU's time source
     * @param wanted kinds that are worth the work; others may be left out
     * @param sink gets the events
     */
    public TraceDecoder(long beginNanos, Set<Kind> wanted, Consumer<TraceEvent> sink) {
        this.beginNanos = beginNanos;
        this.wanted = Set.copyOf(wanted);
        this.sink = sink;
    }

    static int releaseCode(@Nullable GspAbi abi) {
        return abi == null ? 0 : GspAbi.all().indexOf(abi) + 1;
    }

    private static @Nullable GspAbi abi(TraceRecord record) {
        int code = record.detail();
        return code < 1 || code > GspAbi.all().size() ? null : GspAbi.all().get(code - 1);
    }

    /** Slots of the ring were lost before the next record. */
    public void gap(long slots) {
        openCall = null;
        sink.accept(new TraceEvent(0, Kind.GAP, "lost", "records lost", slots, true, Map.of(), Map.of(), "", true, 0));
    }

    /** The next record. */
    public void accept(TraceRecord record) {
        switch (record.kind()) {
            case REGISTER_READ -> register(record, false);
            case REGISTER_WRITE -> register(record, true);
            case MEMORY_READ, MEMORY_WRITE -> memory(record);
            case CONFIG_READ, CONFIG_WRITE -> config(record);
            case CALL -> call(record);
            case REPLY -> reply(record);
            case EVENT -> event(record);
            case BOOT -> boot(record);
            case VECTOR -> vector(record);
            case INTERRUPT -> interrupt(record);
            case FAULT -> fault(record);
            case LIFE ->
                simple(
                        record,
                        Kind.LIFE,
                        LifeStep.of(record.a()).name().toLowerCase(Locale.ROOT),
                        "function",
                        record.a(),
                        Map.of(),
                        "");
        }
    }

    private void simple(
            TraceRecord record,
            Kind kind,
            String action,
            String name,
            long number,
            Map<String, Object> fields,
            String result) {
        sink.accept(new TraceEvent(
                record.beginNanos() - beginNanos,
                kind,
                action,
                name,
                number,
                true,
                fields,
                Map.of(),
                result,
                false,
                record.durationNanos()));
    }

    private void register(TraceRecord record, boolean write) {
        int offset = (int) record.a();
        Kind kind = kindOf(offset, write);
        if (!wanted.contains(kind)) {
            return;
        }
        int size = record.detail() & SIZE_MASK;
        Optional<Loc.Fixed<?>> known = Registers.at(offset & ~3);
        String name = Registers.nameOf(offset);
        boolean isWindow = known.isEmpty() && Registers.windows().stream().anyMatch(window -> window.contains(offset));
        Map<String, Object> fields = size == 4
                ? known.map(loc -> RegisterFields.of(loc, (int) record.b())).orElse(Map.of())
                : Map.of();
        sink.accept(new TraceEvent(
                record.beginNanos() - beginNanos,
                kind,
                kind == Kind.DOORBELL ? "ring" : write ? "write" : "read",
                size == 4 ? name : name + bits(offset, size),
                offset,
                known.isPresent() || isWindow,
                fields,
                Map.of(),
                hex(record.b(), size),
                false,
                record.durationNanos()));
    }

    /** Which bits of the register, for an access to a part of it. */
    private static String bits(int offset, int size) {
        int low = (offset & 3) * Byte.SIZE;
        return "[" + (low + size * Byte.SIZE - 1) + ":" + low + "]";
    }

    private static Kind kindOf(int offset, boolean write) {
        if (PraminWindow.WINDOW.contains(offset) || Prom.WINDOW.contains(offset)) {
            return Kind.MEMORY;
        }
        return isDoorbell(offset, write) ? Kind.DOORBELL : Kind.REGISTER;
    }

    private static boolean isDoorbell(int offset, boolean write) {
        return write
                && (offset == Vfn.USER_DOORBELL.offset()
                        || offset == Vfn.DOORBELL.offset()
                        || offset == GSP_QUEUE_HEAD);
    }

    private static String hex(long value, int sizeBytes) {
        return "0x" + HexFormat.of().toHexDigits(value, 2 * Math.clamp(sizeBytes, 1, 8));
    }

    private void memory(TraceRecord record) {
        if (!wanted.contains(Kind.MEMORY)) {
            return;
        }
        int size = record.detail() & SIZE_MASK;
        simple(
                record,
                Kind.MEMORY,
                record.kind() == TraceKind.MEMORY_WRITE ? "write" : "read",
                "BAR" + (record.detail() >>> 8 & 0xff) + "+0x" + Long.toHexString(record.a()),
                record.a(),
                Map.of(),
                size == 0 ? record.b() + " bytes" : hex(record.b(), size));
    }

    private void config(TraceRecord record) {
        simple(
                record,
                Kind.CONFIG,
                record.kind() == TraceKind.CONFIG_WRITE ? "write" : "read",
                ConfigNames.of((int) record.a()),
                record.a(),
                Map.of(),
                hex(record.b(), record.detail()));
    }

    private void call(TraceRecord record) {
        TraceRecord before = openCall;
        openCall = null;
        if (before != null) {
            message(before, null);
        }
        if (RpcText.isAnswered((int) record.a())) {
            openCall = record;
        } else {
            message(record, null);
        }
    }

    private void reply(TraceRecord record) {
        TraceRecord question = openCall;
        openCall = null;
        if (question != null && (question.a() != record.a() || question.b() != record.b())) {
            message(question, null);
            question = null;
        }
        message(question == null ? record : question, record);
    }

    private void message(TraceRecord question, @Nullable TraceRecord answer) {
        GspAbi abi = abi(question);
        RpcText asked = RpcText.of(abi, (int) question.a(), question.payload(), question.totalBytes());
        Map<String, Object> added = new LinkedHashMap<>();
        String result = "";
        boolean error = false;
        long duration = 0;
        if (answer != null) {
            RpcText said = RpcText.of(abi, (int) answer.a(), answer.payload(), answer.totalBytes());
            said.fields().forEach((name, value) -> {
                if (!value.equals(asked.fields().get(name))) {
                    added.put(name, value);
                }
            });
            int status = answer.c() != 0 ? (int) answer.c() : said.status();
            result = RpcText.statusName(status);
            error = status != 0;
            duration = answer.durationNanos();
        }
        sink.accept(new TraceEvent(
                question.beginNanos() - beginNanos,
                Kind.RPC,
                "call",
                asked.name(),
                question.a(),
                asked.known(),
                asked.fields(),
                added,
                result,
                error,
                duration));
    }

    private void event(TraceRecord record) {
        RpcText said = RpcText.ofEvent(abi(record), (int) record.a(), record.payload());
        sink.accept(new TraceEvent(
                record.beginNanos() - beginNanos,
                Kind.RPC,
                "event",
                said.name(),
                record.a(),
                said.known(),
                said.fields(),
                Map.of(),
                "",
                false,
                0));
    }

    private static String text(TraceRecord record) {
        return new String(record.payload().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private void boot(TraceRecord record) {
        BootStep step = BootStep.of(record.a());
        String said = text(record);
        boolean halted = step == BootStep.GSP_HALTED;
        boolean error = halted || step == BootStep.FWSEC_REFUSED || record.c() != 0;
        Map<String, Object> fields = new LinkedHashMap<>();
        if (halted) {
            fields.put("reason", said);
        } else {
            fields.put("unit", said);
        }
        if (record.b() != 0) {
            fields.put("argument", "0x" + Long.toHexString(record.b()));
        }
        boolean hasResult = Stream.of("FWSEC", "BOOTER", "FSP", "FMC").anyMatch(step.name()::startsWith);
        String result = !hasResult ? "" : record.c() == 0 ? "OK" : "error 0x" + Long.toHexString(record.c());
        sink.accept(new TraceEvent(
                record.beginNanos() - beginNanos,
                Kind.BOOT,
                "step",
                step.name(),
                record.a(),
                true,
                fields,
                Map.of(),
                result,
                error,
                record.durationNanos()));
    }

    private void vector(TraceRecord record) {
        int vector = (int) record.a();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("vector", (long) vector);
        fields.put("leaf", (long) Vfn.leafOf(vector));
        simple(record, Kind.INTERRUPT, "raise", Vectors.nameOf(vector), vector, fields, "");
    }

    @SuppressWarnings("EnumOrdinal") // The number lives no longer than the ring.
    private void interrupt(TraceRecord record) {
        InterruptKind kind = InterruptKind.values()[(int) record.a()];
        String name = kind.name().replace('_', '-');
        if (kind == InterruptKind.INTX) {
            simple(record, Kind.INTERRUPT, record.b() == 0 ? "lower" : "assert", name, 0, Map.of(), "");
        } else {
            simple(record, Kind.INTERRUPT, "signal", name, record.b(), Map.of("message", record.b()), "");
        }
    }

    private void fault(TraceRecord record) {
        String[] said = text(record).split("\n", 2);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("channel", record.a());
        fields.put("runlist", said[0]);
        if (record.c() != 0) {
            fields.put("address", "0x" + Long.toHexString(record.c()));
        }
        fields.put("reason", said.length > 1 ? said[1] : "");
        sink.accept(new TraceEvent(
                record.beginNanos() - beginNanos,
                Kind.FAULT,
                "stop",
                "Xid " + record.b(),
                record.b(),
                true,
                fields,
                Map.of(),
                "",
                true,
                0));
    }
}
