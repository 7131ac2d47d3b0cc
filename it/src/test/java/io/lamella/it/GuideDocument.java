// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a guide tells its reader to do: files to write and commands to type, in order.
 *
 * <p>A block that is fenced with {@code ```yaml NAME} is a file. In a block that is fenced with {@code ```console}, a line that begins with
 * {@code $} is a command, lines that begin with {@code >} go on with it, and the others are what it prints. {@code # ends with N} behind a
 * command tells its exit code if that is not 0.
 */
record GuideDocument(List<Step> steps) {
    private static final Pattern ENDS_WITH = Pattern.compile("# ends with (\\d{1,3})$");

    /** One thing to do. */
    sealed interface Step {
        /** The line of the document on which it begins, from 1. */
        int line();
    }

    /** A file to write. */
    record Write(int line, String name, String text) implements Step {}

    /** A command to type, and what it prints then. */
    record Type(int line, String command, int exitCode, List<String> expected) implements Step {}

    /** @throws IllegalArgumentException if a block has no end, or begins with output */
    static GuideDocument parse(List<String> lines) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String fence = lines.get(i);
            if (!fence.startsWith("```")) {
                continue;
            }
            int begin = i + 1;
            int end = begin;
            while (end < lines.size() && !lines.get(end).equals("```")) {
                end++;
            }
            if (end == lines.size()) {
                throw new IllegalArgumentException("The block of line " + begin + " has no end.");
            }
            List<String> block = lines.subList(begin, end);
            if (fence.startsWith("```yaml ")) {
                steps.add(new Write(begin, fence.substring(8).strip(), String.join("\n", block) + "\n"));
            } else if (fence.equals("```console")) {
                commands(block, begin, steps);
            }
            i = end;
        }
        return new GuideDocument(List.copyOf(steps));
    }

    private static void commands(List<String> block, int begin, List<Step> steps) {
        int at = 0;
        while (at < block.size()) {
            String first = block.get(at);
            if (!first.startsWith("$ ")) {
                throw new IllegalArgumentException("Line " + (begin + at + 1) + " is no command: '" + first + "'.");
            }
            int line = begin + at + 1;
            StringBuilder command = new StringBuilder(first.substring(2));
            for (at++; at < block.size() && block.get(at).startsWith("> "); at++) {
                command.append('\n').append(block.get(at).substring(2));
            }
            List<String> expected = new ArrayList<>();
            for (; at < block.size() && !block.get(at).startsWith("$ "); at++) {
                expected.add(block.get(at));
            }
            Matcher ends = ENDS_WITH.matcher(command);
            int exitCode = ends.find() ? Integer.parseInt(ends.group(1)) : 0;
            steps.add(new Type(line, command.toString(), exitCode, List.copyOf(expected)));
        }
    }
}
