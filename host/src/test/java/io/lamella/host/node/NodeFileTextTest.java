// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a person reads who wrote a node file wrongly. */
class NodeFileTextTest {
    @Test
    void whatIsNoYamlIsToldWithItsPlaceAndReason() {
        assertThatThrownBy(() -> NodeFileText.parse("""
                        apiVersion: lamella/v1
                        kind: Node
                        vgpus:
                          - {name: a, type: L40-8Q
                          - {name: b, type: L40-8Q}
                        """)).isInstanceOfSatisfying(NodeException.class, refusal -> {
            assertThat(refusal.code()).isEqualTo(NodeErrorCode.INVALID_FILE);
            assertThat(refusal.problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.toString())
                            .contains("line 5", "expected ',' or '}'")
                            .doesNotContain("while parsing"));
        });
    }
}
