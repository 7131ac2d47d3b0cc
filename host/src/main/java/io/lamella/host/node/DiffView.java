// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.List;

/**
 * What applying a node file would do.
 *
 * @param changes in the order in which they would be made; empty if everything is as wanted
 * @param problems why it would be refused; empty if it would be tried
 * @param sentence for a person
 */
public record DiffView(List<Change> changes, List<NodeProblem> problems, String sentence) {
    public DiffView {
        changes = List.copyOf(changes);
        problems = List.copyOf(problems);
    }
}
