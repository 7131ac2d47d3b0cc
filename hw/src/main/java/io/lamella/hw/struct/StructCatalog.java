// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.struct;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Structures by name. */
public final class StructCatalog {
    private final @Nullable StructCatalog older;
    private final Map<String, Struct> structs;

    private StructCatalog(@Nullable StructCatalog older, Map<String, Struct> structs) {
        this.older = older;
        this.structs = Map.copyOf(structs);
    }

    /** Reads the text form. @throws IllegalArgumentException if it is malformed or names an unknown type */
    public static StructCatalog parse(String text) {
        return parse(null, text);
    }

    /** Reads texts beside a class. @throws IllegalArgumentException if one is malformed or names an unknown type */
    public static StructCatalog load(Class<?> owner, String... resources) {
        return parse(null, read(owner, resources));
    }

    /**
     * A catalogue with these structures, and with the ones of this catalogue where the texts have none of that name. A structure of this
     * catalogue keeps the fields it has, even where a structure inside it is declared anew.
     */
    public StructCatalog extendedBy(Class<?> owner, String... resources) {
        return parse(this, read(owner, resources));
    }

    private static StructCatalog parse(@Nullable StructCatalog older, String text) {
        Map<String, Struct> known = new LinkedHashMap<>();
        new StructParser(text, name -> {
                    Struct own = known.get(name);
                    return own != null || older == null ? own : older.structs.get(name);
                })
                .parseAll(struct -> {
                    if (known.putIfAbsent(struct.name(), struct) != null) {
                        throw new IllegalArgumentException(struct.name() + " is declared twice.");
                    }
                });
        return new StructCatalog(older, known);
    }

    /** The structure of that name. */
    public Optional<Struct> find(String name) {
        Struct own = structs.get(name);
        return own != null ? Optional.of(own) : older == null ? Optional.empty() : older.find(name);
    }

    /** The structure of that name. @throws IllegalArgumentException if there is none */
    public Struct get(String name) {
        return find(name).orElseThrow(() -> new IllegalArgumentException("No structure is called " + name + "."));
    }

    /** Structures declared here, without those of an older release. */
    public Collection<Struct> declared() {
        return structs.values();
    }

    private static String read(Class<?> owner, String... resources) {
        StringBuilder text = new StringBuilder();
        for (String resource : resources) {
            text.append(text(owner, resource));
        }
        return text.toString();
    }

    /** A resource beside a class, as text. @throws IllegalArgumentException if there is none */
    public static String text(Class<?> owner, String resource) {
        try (InputStream in = owner.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("No resource " + resource + " beside " + owner.getName() + ".");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + resource + " beside " + owner.getName() + ".", e);
        }
    }
}
