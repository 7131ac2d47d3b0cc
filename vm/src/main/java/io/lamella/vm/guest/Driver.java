// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A driver of the kernel's own tree for GPUs with a GSP. */
public enum Driver {
    /** Module {@code nouveau}. */
    NOUVEAU("nouveau", "^(nouveau|\\[drm|drm)|nouveau|nvkm|nvif"),

    /** Modules {@code nova_core} and, on top of it, {@code nova_drm}. */
    NOVA("nova", "^(\\[drm|drm)|nova[-_](core|drm)");

    private final String word;
    private final Pattern lines;

    Driver(String word, String lines) {
        this.word = word;
        this.lines = Pattern.compile(lines);
    }

    /** The driver that a person means: by its name, or by that of one of its modules. */
    public static Optional<Driver> named(String word) {
        String name = word.replace('-', '_');
        return Stream.of(values())
                .filter(driver -> driver.word.equals(name) || driver.modules().contains(name))
                .findFirst();
    }

    /** Its name in commands and tables. */
    public String word() {
        return word;
    }

    /** Its modules, in the order in which they load. */
    public List<String> modules() {
        return switch (this) {
            case NOUVEAU -> List.of("nouveau");
            case NOVA -> List.of("nova_core", "nova_drm");
        };
    }

    /** Whether a line of the kernel's log is about it. */
    boolean isMeant(String line) {
        return lines.matcher(line).find();
    }
}
