// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.util.List;

/** Commands as a person can paste them into a POSIX shell. */
public final class ShellText {
    private ShellText() {}

    /** One word, in quotes only if it needs them. */
    public static String quoted(String word) {
        return !word.isEmpty() && word.matches("[A-Za-z0-9_@%+=:,./-]+")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }

    /**
     * A command with one argument on each line, each but the last ending in a backslash.
     *
     * @param words settings of the environment ({@code NAME=VALUE}) first, then the program and its arguments
     */
    public static String lines(List<String> words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words.size(); i++) {
            text.append(i == 0 ? "" : "  ").append(word(words, i)).append(i == words.size() - 1 ? "\n" : " \\\n");
        }
        return text.toString();
    }

    private static String word(List<String> words, int index) {
        String word = words.get(index);
        int equals = word.indexOf('=');
        boolean isSetting = equals > 0
                && word.substring(0, equals).matches("[A-Za-z_][A-Za-z0-9_]*")
                && words.subList(0, index).stream().allMatch(before -> before.matches("[A-Za-z_][A-Za-z0-9_]*=.*"));
        // A quoted name would not be a setting.
        return isSetting ? word.substring(0, equals + 1) + quoted(word.substring(equals + 1)) : quoted(word);
    }
}
