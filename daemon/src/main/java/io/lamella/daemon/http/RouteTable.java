// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** All routes. The first that fits a path and a method is taken, so fixed segments come before parameters. */
public record RouteTable(List<Route> routes) {
    /** @throws IllegalArgumentException if two routes are the same */
    public RouteTable {
        routes = List.copyOf(routes);
        Set<String> seen = new HashSet<>();
        for (Route route : routes) {
            if (!seen.add(route.method() + " " + route.path().text()) || !seen.add(route.id())) {
                throw new IllegalArgumentException("There are two routes " + route.method() + " "
                        + route.path().text() + " or " + route.id() + ".");
            }
        }
    }

    /** A route and what the path says. */
    record Found(Route route, Map<String, String> parameters) {}

    /** The route for a request. @throws ProblemException {@code UNKNOWN_PATH}, {@code METHOD_NOT_ALLOWED} */
    Found find(String method, String path) {
        List<String> segments = path.startsWith("/") ? PathTemplate.split(path) : List.of();
        String wanted = method.equals("HEAD") ? "GET" : method;
        Set<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> parameters = route.path().match(segments);
            if (parameters != null) {
                if (route.method().equals(wanted)) {
                    return new Found(route, parameters);
                }
                allowed.add(route.method());
            }
        }
        if (allowed.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.UNKNOWN_PATH,
                    "There is nothing at this path; /v1/openapi.json lists every path that there is.");
        }
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        String list = String.join(", ", allowed);
        throw new ProblemException(ProblemCode.METHOD_NOT_ALLOWED, "This path takes " + list + " only.")
                .withHeader("Allow", list);
    }
}
