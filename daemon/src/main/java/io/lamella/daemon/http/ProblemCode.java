// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.Locale;

/**
 * Every kind of error that has to do with the API itself; what a node refuses has the node's own codes. The code in a document is the name
 * in lower case with hyphens.
 */
public enum ProblemCode {
    MALFORMED_REQUEST(400, "The request is not HTTP as this server reads it"),
    MALFORMED_BODY(400, "The body cannot be read"),
    BODY_REQUIRED(400, "The request needs a body"),
    BODY_NOT_ALLOWED(400, "The request takes no body"),
    BAD_QUERY(400, "The query is not right"),
    UNAUTHENTICATED(401, "A token is needed"),
    FORBIDDEN(403, "Not allowed"),
    UNKNOWN_PATH(404, "There is nothing at this path"),
    NOT_FOUND(404, "There is no such thing"),
    METHOD_NOT_ALLOWED(405, "The path does not take this method"),
    NOT_ACCEPTABLE(406, "The answer cannot be had in this form"),
    NOT_CANCELLABLE(409, "It cannot be stopped any more"),
    REVISION_MISMATCH(412, "The thing has changed meanwhile"),
    REQUEST_TIMEOUT(408, "The request did not arrive in time"),
    BODY_TOO_LARGE(413, "The body is too large"),
    URI_TOO_LONG(414, "The request's line is too long"),
    UNSUPPORTED_MEDIA_TYPE(415, "The body is of a kind that is not taken here"),
    INVALID(422, "The request says something that cannot be"),
    REVISION_REQUIRED(428, "The request has to say which revision it changes"),
    TOO_MANY(429, "Too much at the same time"),
    HEADERS_TOO_LARGE(431, "The request's headers are too large"),
    INTERNAL(500, "A fault of the daemon"),
    NOT_IMPLEMENTED(501, "Not supported by the server"),
    UNAVAILABLE(503, "Not at this time"),
    VERSION_NOT_SUPPORTED(505, "The version of HTTP is not supported");

    private final int status;
    private final String title;

    ProblemCode(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** The HTTP status that goes with it. */
    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    /** As it is written in a document. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The kind of an error that the HTTP library found by itself. */
    static ProblemCode ofStatus(int status) {
        return switch (status) {
            case 401 -> UNAUTHENTICATED;
            case 403 -> FORBIDDEN;
            case 404 -> UNKNOWN_PATH;
            case 405 -> METHOD_NOT_ALLOWED;
            case 406 -> NOT_ACCEPTABLE;
            case 408 -> REQUEST_TIMEOUT;
            case 503 -> UNAVAILABLE;
            case 413 -> BODY_TOO_LARGE;
            case 414 -> URI_TOO_LONG;
            case 415 -> UNSUPPORTED_MEDIA_TYPE;
            case 431 -> HEADERS_TOO_LARGE;
            case 501 -> NOT_IMPLEMENTED;
            case 505 -> VERSION_NOT_SUPPORTED;
            default -> status >= 400 && status < 500 ? MALFORMED_REQUEST : INTERNAL;
        };
    }
}
