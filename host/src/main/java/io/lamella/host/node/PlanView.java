// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether some vGPUs would fit beside what is there.
 *
 * @param fits whether all do
 * @param sentence the answer for a person
 * @param items what was asked for, in its order
 * @param suggestions what would help, a sentence each; empty if they fit
 */
public record PlanView(boolean fits, String sentence, List<Item> items, List<String> suggestions) {
    public PlanView {
        items = List.copyOf(items);
        suggestions = List.copyOf(suggestions);
    }

    /**
     * One of them.
     *
     * @param type its type
     * @param gpu where it would be; null if nowhere
     * @param placementId its place there
     * @param refusal why nowhere; empty if it has a place
     */
    public record Item(
            String type, @Nullable String gpu, @Nullable Integer placementId, String refusal) {}
}
