// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import java.util.List;

/** A type file that cannot be used, with everything that is wrong with it. */
public final class TypeFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final transient List<Problem> problems;

    /**
     * One thing wrong.
     *
     * @param path of the value, such as {@code types[3].fbLengthMiB}; empty for the file itself
     * @param sentence what is wrong with it and what would do
     */
    public record Problem(String path, String sentence) {
        @Override
        public String toString() {
            return path.isEmpty() ? sentence : path + ": " + sentence;
        }
    }

    TypeFileException(String file, List<Problem> problems) {
        super(message(file, problems));
        this.file = file;
        this.problems = List.copyOf(problems);
    }

    private static String message(String file, List<Problem> problems) {
        StringBuilder text = new StringBuilder("The vGPU type file " + file + " cannot be used; ")
                .append(problems.size() == 1 ? "one problem:" : problems.size() + " problems:");
        for (Problem problem : problems) {
            text.append("\n  ").append(problem);
        }
        return text.toString();
    }

    /** Name of the file. */
    public String file() {
        return file;
    }

    /** All problems, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }
}
