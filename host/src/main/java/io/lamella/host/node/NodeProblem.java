// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

/**
 * One thing that is wrong with a request.
 *
 * @param path of the value at fault, such as {@code vgpus[3].type}; empty for the whole
 * @param sentence what is wrong and what would do
 */
public record NodeProblem(String path, String sentence) {
    @Override
    public String toString() {
        return path.isEmpty() ? sentence : path + ": " + sentence;
    }
}
