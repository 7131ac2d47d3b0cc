// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lines of {@code Key : Value}, four blanks deeper with each level, the colons below one another. */
final class Tree {
    private static final int KEY_WIDTH = 38;

    private final List<String> lines;
    private final String indent;

    Tree() {
        this(new ArrayList<>(), "");
    }

    private Tree(List<String> lines, String indent) {
        this.lines = lines;
        this.indent = indent;
    }

    /** A value; {@code N/A} if there is none. */
    Tree add(String key, @Nullable Object value) {
        lines.add(("%-" + KEY_WIDTH + "s: %s").formatted(indent + key, Reading.orNot(value)));
        return this;
    }

    /** A line without a value. @return what goes below it */
    Tree below(String title) {
        lines.add(indent + title);
        return new Tree(lines, indent + "    ");
    }

    /** A line with a value. @return what goes below it */
    Tree below(String key, @Nullable Object value) {
        Tree same = add(key, value);
        return new Tree(same.lines, indent + "    ");
    }

    Tree title(String text) {
        lines.add(text);
        return this;
    }

    Tree blank() {
        return title("");
    }

    List<String> lines() {
        return lines;
    }
}
