// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.struct;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the text form of structures and lays them out as C does on x86-64. */
final class StructParser {
    private static final Pattern TOKEN = Pattern.compile("#[^\\n]*|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[{}\\[\\];,]");

    private final List<String> tokens = new ArrayList<>();
    private final Function<String, @Nullable Struct> known;
    private int position;

    StructParser(String text, Function<String, @Nullable Struct> known) {
        this.known = known;
        Matcher matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            if (!matcher.group().startsWith("#")) {
                tokens.add(matcher.group());
            }
        }
    }

    void parseAll(Consumer<Struct> found) {
        while (position < tokens.size()) {
            String name = next();
            expect("{");
            found.accept(body(name, false));
        }
    }

    private Struct body(String name, boolean union) {
        Placement placement = new Placement(union);
        while (!peek().equals("}")) {
            String type = next();
            if (type.equals("packed")) {
                placement.pack();
            } else if (type.equals("align")) {
                placement.alignNext(Integer.parseInt(next()));
            } else if (type.equals("struct") || type.equals("union")) {
                expect("{");
                String inner = name + "." + placement.fields.size();
                Struct struct = body(inner, type.equals("union"));
                if (peek().equals(";")) {
                    placement.addMembersOf(struct);
                } else {
                    declarator(placement, struct.alignmentBytes(), new StructField.Nested("", 0, struct));
                }
            } else {
                StructField element = element(type);
                int alignment = element instanceof StructField.Nested nested
                        ? nested.type().alignmentBytes()
                        : element.sizeBytes();
                declarator(placement, alignment, element);
                while (peek().equals(",")) {
                    next();
                    declarator(placement, alignment, element);
                }
            }
            expect(";");
        }
        expect("}");
        return placement.finish(name);
    }

    private void declarator(Placement placement, int alignment, StructField element) {
        String name = next();
        int offset = placement.nextOffset(alignment);
        if (!peek().equals("[")) {
            placement.add(element.within(name, offset), element.sizeBytes());
            return;
        }
        int count = 1;
        while (peek().equals("[")) {
            next();
            count *= peek().equals("]") ? 0 : Integer.parseInt(next());
            expect("]");
        }
        int stride = element.sizeBytes();
        StructField field = element instanceof StructField.U8
                ? new StructField.Bytes(name, offset, count)
                : new StructField.Array(name, offset, count, stride, element);
        placement.add(field, count * stride);
    }

    private StructField element(String type) {
        return switch (type) {
            case "u8" -> new StructField.U8("", 0);
            case "u16" -> new StructField.U16("", 0);
            case "u32" -> new StructField.U32("", 0);
            case "u64" -> new StructField.U64("", 0);
            default -> {
                Struct struct = known.apply(type);
                if (struct == null) {
                    throw new IllegalArgumentException("Unknown type " + type + " before: " + context());
                }
                yield new StructField.Nested("", 0, struct);
            }
        };
    }

    private String peek() {
        if (position >= tokens.size()) {
            throw new IllegalArgumentException("The text ends in the middle of a structure.");
        }
        return tokens.get(position);
    }

    private String next() {
        String token = peek();
        position++;
        return token;
    }

    private void expect(String token) {
        String found = next();
        if (!found.equals(token)) {
            throw new IllegalArgumentException("Expected " + token + ", found " + found + " before: " + context());
        }
    }

    private String context() {
        return String.join(" ", tokens.subList(position, Math.min(tokens.size(), position + 8)));
    }

    /** Where the fields of one structure go. */
    private static final class Placement {
        private final boolean union;
        private final List<StructField> fields = new ArrayList<>();
        private int end;
        private int alignment = 1;
        private int nextAlignment = 1;
        private boolean packed;

        Placement(boolean union) {
            this.union = union;
        }

        void alignNext(int bytes) {
            nextAlignment = bytes;
        }

        void pack() {
            packed = true;
        }

        int nextOffset(int naturalAlignment) {
            int wanted = packed ? 1 : Math.max(naturalAlignment, nextAlignment);
            nextAlignment = 1;
            alignment = Math.max(alignment, wanted);
            return union ? 0 : roundUp(end, wanted);
        }

        void add(StructField field, int size) {
            fields.add(field);
            end = Math.max(end, field.offset() + size);
        }

        void addMembersOf(Struct struct) {
            int offset = nextOffset(struct.alignmentBytes());
            for (StructField field : struct.fields()) {
                fields.add(field.within("", offset));
            }
            end = Math.max(end, offset + struct.sizeBytes());
        }

        Struct finish(String name) {
            return new Struct(name, roundUp(end, alignment), alignment, fields);
        }

        private static int roundUp(int value, int to) {
            return (value + to - 1) / to * to;
        }
    }
}
