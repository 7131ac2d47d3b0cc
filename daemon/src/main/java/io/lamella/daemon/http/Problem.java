// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.List;

/** A problem document of RFC 9457: how every error of the API looks. */
@Doc("A problem document of RFC 9457: how every error of the API looks.")
public record Problem(
        @Doc("about:blank: the code says what kind it is.") String type,

        @Doc("What kind of problem, in a few words; the same for each of its code.")
        String title,

        @Doc(value = "The HTTP status.", min = 400, max = 599)
        int status,

        @Doc(
                value = "For programs: what kind of problem. Stays what it is from release to release.",
                pattern = "[a-z][a-z0-9-]*")
        String code,

        @Doc(value = "For people: what was refused, by which rule, and what would do.", maxLength = 8192)
        String detail,

        @Doc(
                value = "Everything that is wrong in the request, where that is more than the one sentence.",
                maxItems = 100)
        List<Violation> problems) {
    public Problem {
        problems = List.copyOf(problems);
    }
}
