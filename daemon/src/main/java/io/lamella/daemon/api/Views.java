// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Doc;
import java.util.Map;

/** Answers that are no records of the node's. */
public final class Views {
    private Views() {}

    /** Who answers. */
    @Doc("Who answers.")
    public record Version(
            @Doc("The product's name.") String product,
            @Doc("Its release.") String version,

            @Doc("The API's version, the first part of every path.")
            String api,

            @Doc("The Java that it runs on.") String java,
            @Doc("The daemon's process id.") long pid) {}

    /** How the daemon is. */
    @Doc("How the daemon is.")
    public record Health(
            @Doc("Ok, or what is wrong in a word.") String status,

            @Doc(value = "Each thing that was looked at, and how it is.", maxLength = 4096)
            Map<String, String> checks) {}
}
