// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.check;

/**
 * The answer to one question about the host.
 *
 * @param name a short stable name, such as "kvm"
 * @param level how bad it is
 * @param sentence what was found
 * @param advice what to do; empty when there is nothing to do
 */
public record Finding(String name, Level level, String sentence, String advice) {
    /** How bad something is. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Lamella works, but slower, or not with everything. */
        WARN,
        /** Something will not work. */
        FAIL
    }

    /** All is well. */
    public static Finding ok(String name, String sentence) {
        return new Finding(name, Level.OK, sentence, "");
    }

    /** It works, but. */
    public static Finding warn(String name, String sentence, String advice) {
        return new Finding(name, Level.WARN, sentence, advice);
    }

    /** It does not work. */
    public static Finding fail(String name, String sentence, String advice) {
        return new Finding(name, Level.FAIL, sentence, advice);
    }
}
