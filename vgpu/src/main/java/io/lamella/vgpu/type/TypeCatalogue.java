// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All types that are known, by name. Immutable. */
public final class TypeCatalogue {
    private static final List<String> SHIPPED =
            List.of("L40.json", "L40S.json", "A40.json", "RTX6000-Ada.json", "RTX-PRO-6000.json");

    private final Map<String, VgpuType> byName;
    private final Map<String, Board> boards;

    private TypeCatalogue(Map<String, VgpuType> byName, Map<String, Board> boards) {
        this.byName = byName;
        this.boards = boards;
    }

    /** The types that come with Lamella. */
    public static TypeCatalogue shipped() {
        List<TypeFile> files = new ArrayList<>();
        for (String name : SHIPPED) {
            try (InputStream in = TypeCatalogue.class.getResourceAsStream("/io/lamella/vgpu/types/" + name)) {
                if (in == null) {
                    throw new IllegalStateException("The type file " + name + " is missing from this build.");
                }
                files.add(TypeFile.parse(name, in.readAllBytes()));
            } catch (IOException e) {
                throw new UncheckedIOException("The type file " + name + " cannot be read.", e);
            }
        }
        return of(files);
    }

    /** The types of these files. @throws TypeFileException if two have the same name or id */
    public static TypeCatalogue of(List<TypeFile> files) {
        TypeCatalogue catalogue = new TypeCatalogue(Map.of(), Map.of());
        for (TypeFile file : files) {
            catalogue = catalogue.with(file);
        }
        return catalogue;
    }

    /** This catalogue and a file more. @throws TypeFileException if a name or id is taken */
    public TypeCatalogue with(TypeFile file) {
        Map<String, VgpuType> all = new LinkedHashMap<>(byName);
        List<TypeFileException.Problem> problems = new ArrayList<>();
        for (int i = 0; i < file.types().size(); i++) {
            VgpuType type = file.types().get(i);
            if (all.containsKey(type.name())) {
                problems.add(new TypeFileException.Problem(
                        "types[" + i + "].name", "there is a type " + type.name() + " already; give it another name."));
            }
            for (VgpuType other : byName.values()) {
                if (other.id() == type.id()) {
                    problems.add(new TypeFileException.Problem(
                            "types[" + i + "].id",
                            other.name() + " has id " + type.id() + " already; give it another number."));
                }
            }
            all.put(type.name(), type);
        }
        Map<String, Board> allBoards = new LinkedHashMap<>(boards);
        Board board = file.hardware();
        if (board != null) {
            Board other = allBoards.put(board.name(), board);
            if (other != null && !other.equals(board)) {
                problems.add(new TypeFileException.Problem(
                        "hardware",
                        "there is another board " + board.name() + " already; leave this out, or rename the board."));
            }
        }
        if (!problems.isEmpty()) {
            throw new TypeFileException(file.board(), problems);
        }
        return new TypeCatalogue(all, allBoards);
    }

    /**
     * This catalogue and a file of one's own.
     *
     * @throws IOException if it cannot be read
     * @throws TypeFileException if it is not sound, or a name or id is taken
     */
    public TypeCatalogue with(Path file) throws IOException {
        long sizeBytes = Files.size(file);
        if (sizeBytes > TypeFile.MAX_FILE_BYTES) {
            throw new IOException("The type file " + file + " has " + sizeBytes + " bytes; at most "
                    + TypeFile.MAX_FILE_BYTES + " are read.");
        }
        return with(TypeFile.parse(file.toString(), Files.readAllBytes(file)));
    }

    /** All types, in the order of the files. */
    public List<VgpuType> types() {
        return List.copyOf(byName.values());
    }

    /** What a software GPU can be made as, in the order of the files. */
    public List<Board> boards() {
        return List.copyOf(boards.values());
    }

    /** The board with this name; neither case nor a space instead of a dash matters. */
    public Optional<Board> board(String name) {
        String wanted = name.strip().replace(' ', '-');
        return boards.values().stream()
                .filter(board -> board.name().equalsIgnoreCase(wanted))
                .findFirst();
    }

    /** The type with this name. */
    public Optional<VgpuType> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
