// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import io.lamella.daemon.http.Violation;
import java.util.List;

/** The daemon's configuration is not sound. The message has everything that is wrong, a line each. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // never serialised
    private final List<Violation> problems;

    ConfigurationException(String file, List<Violation> problems) {
        super(text(file, problems));
        this.problems = List.copyOf(problems);
    }

    private static String text(String file, List<Violation> problems) {
        StringBuilder text = new StringBuilder(file).append(" cannot be used:");
        for (Violation problem : problems) {
            text.append("\n  ")
                    .append(problem.path().isEmpty() ? "" : problem.path() + ": ")
                    .append(problem.message());
        }
        return text.toString();
    }

    public List<Violation> problems() {
        return problems;
    }
}
