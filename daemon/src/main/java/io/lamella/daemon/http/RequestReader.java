// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Call} of a request, or refuses it. Everything it reads is bounded. */
final class RequestReader {
    private static final int JSON_LIMIT_BYTES = 256 << 10;
    private static final int ETAG_LIMIT = 24;
    private static final long BODY_NANOS = 30_000_000_000L;

    private RequestReader() {}

    static Call read(Request request, RouteTable.Found found) throws IOException {
        Route route = found.route();
        HttpFields headers = request.getHeaders();
        for (String value : found.parameters().values()) {
            if (value.length() > 256) {
                throw new ProblemException(ProblemCode.UNKNOWN_PATH, "No part of a path here has over 256 characters.");
            }
        }
        requireAcceptable(headers, route.mediaTypes());
        Map<String, String> query = query(request, route);
        OptionalLong ifMatch = revision(headers);
        String given = headers.get(HttpHeader.CONTENT_TYPE);
        String mediaType = given == null ? "" : given.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        Object body = null;
        String text = "";
        boolean present = request.getLength() != 0
                && (headers.contains(HttpHeader.CONTENT_LENGTH) || headers.contains(HttpHeader.TRANSFER_ENCODING));
        if (route.request() == null) {
            if (present) {
                byte[] bytes = body(request, 0, ProblemCode.BODY_NOT_ALLOWED, "This takes no body.");
                assert bytes.length == 0;
            }
        } else if (present || !route.bodyOptional()) {
            requireMediaType(headers, mediaType, route.request(), present);
            switch (route.request()) {
                case Route.Body.Document document -> {
                    byte[] bytes = body(request, JSON_LIMIT_BYTES);
                    if (bytes.length > 0 || !route.bodyOptional()) {
                        body = Json.bind(
                                Json.parse(utf8(bytes).getBytes(StandardCharsets.UTF_8)),
                                document.shape(),
                                document.type());
                    }
                }
                case Route.Body.Text wanted -> {
                    text = utf8(body(request, wanted.limitBytes()));
                    if (text.isBlank()) {
                        throw new ProblemException(ProblemCode.BODY_REQUIRED, "The body is empty.");
                    }
                }
            }
        }
        return new Call(
                route,
                found.parameters(),
                query,
                body,
                text,
                mediaType,
                headers.getCSV(HttpHeader.ACCEPT, false).stream().collect(Collectors.joining(",")),
                ifMatch,
                "*".equals(headers.get(HttpHeader.IF_NONE_MATCH)),
                headers.get("Last-Event-ID"));
    }

    private static void requireAcceptable(HttpFields headers, List<String> types) {
        List<String> accepted = headers.getCSV(HttpHeader.ACCEPT, false);
        if (types.isEmpty() || accepted.isEmpty()) {
            return;
        }
        for (String range : accepted) {
            String[] parts = range.split(";", -1);
            String name = parts[0].strip().toLowerCase(Locale.ROOT);
            boolean refused = false;
            for (String part : parts) {
                refused |= part.strip().matches("q=0(\\.0{0,3})?");
            }
            for (String type : types) {
                String major = type.substring(0, type.indexOf('/') + 1);
                if (!refused && (name.equals("*/*") || name.equals(major + "*") || name.equals(type))) {
                    return;
                }
            }
        }
        throw new ProblemException(
                ProblemCode.NOT_ACCEPTABLE,
                "This answers with " + String.join(" or ", types) + ", which the request's Accept leaves out.");
    }

    private static Map<String, String> query(Request request, Route route) {
        Fields fields;
        try {
            fields = Request.extractQueryParameters(request);
        } catch (RuntimeException e) {
            throw new ProblemException(ProblemCode.BAD_QUERY, "The query cannot be read; percent-encode it as UTF-8.");
        }
        Map<String, String> values = new LinkedHashMap<>();
        List<Violation> wrong = new ArrayList<>();
        for (Fields.Field field : fields) {
            String name = field.getName();
            String shown = "?" + (name.length() > 64 ? name.substring(0, 64) : name);
            Route.@Nullable Query known = route.query().stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElse(null);
            if (wrong.size() >= 20) {
                break;
            }
            if (known == null) {
                wrong.add(new Violation(
                        shown,
                        route.query().isEmpty()
                                ? "There are no parameters here."
                                : "There is no such parameter; those here are "
                                        + route.query().stream()
                                                .map(Route.Query::name)
                                                .collect(Collectors.joining(", "))
                                        + "."));
            } else if (field.hasMultipleValues()) {
                wrong.add(new Violation(shown, "This is there more than once."));
            } else {
                String value = field.getValue() == null ? "" : field.getValue();
                String complaint = complaint(value, known.shape());
                if (complaint.isEmpty()) {
                    values.put(name, value);
                } else {
                    wrong.add(new Violation(shown, complaint));
                }
            }
        }
        if (!wrong.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.BAD_QUERY,
                    "The query is not right at " + wrong.getFirst().path() + ": "
                            + wrong.getFirst().message(),
                    wrong);
        }
        return values;
    }

    /** What is wrong with a parameter, or nothing. */
    private static String complaint(String value, Shape shape) {
        return switch (shape) {
            case Shape.Whole whole -> {
                String range = "This must be a whole number from " + whole.min() + " to " + whole.max() + ".";
                if (!value.matches("-?[0-9]{1,18}")) {
                    yield range;
                }
                long number = Long.parseLong(value);
                yield number < whole.min() || number > whole.max() ? range : "";
            }
            case Shape.Text text -> {
                if (value.length() > text.maxLength()) {
                    yield "This may have " + text.maxLength() + " characters at most.";
                }
                yield text.oneOf().isEmpty() || text.oneOf().contains(value)
                        ? ""
                        : "This must be one of " + String.join(", ", text.oneOf()) + ".";
            }
            default -> throw new IllegalStateException("No query has a " + shape + ".");
        };
    }

    private static OptionalLong revision(HttpFields headers) {
        String value = headers.get(HttpHeader.IF_MATCH);
        if (value == null || value.equals("*")) {
            return OptionalLong.empty();
        }
        if (value.length() > ETAG_LIMIT || !value.matches("\"[0-9]{1,18}\"")) {
            // A tag that no document ever had: it cannot match.
            throw new ProblemException(
                    ProblemCode.REVISION_MISMATCH,
                    "If-Match names no revision of this API; send one ETag as a GET gave it, such as \"17\".");
        }
        return OptionalLong.of(Long.parseLong(value.substring(1, value.length() - 1)));
    }

    private static void requireMediaType(HttpFields headers, String mediaType, Route.Body wanted, boolean present) {
        List<String> types = switch (wanted) {
            case Route.Body.Document _ -> List.of("application/json");
            case Route.Body.Text text -> text.mediaTypes();
        };
        if (!present) {
            throw new ProblemException(
                    ProblemCode.BODY_REQUIRED, "This needs a body of type " + String.join(" or ", types) + ".");
        }
        if (!types.contains(mediaType)) {
            throw new ProblemException(
                    ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                    "The body must be " + String.join(" or ", types) + "; say so in Content-Type.");
        }
        if (headers.contains(HttpHeader.CONTENT_ENCODING)) {
            throw new ProblemException(
                    ProblemCode.UNSUPPORTED_MEDIA_TYPE, "The body must not be compressed or otherwise encoded.");
        }
    }

    private static byte[] body(Request request, int limitBytes) throws IOException {
        return body(
                request, limitBytes, ProblemCode.BODY_TOO_LARGE, "The body may have " + limitBytes + " bytes at most.");
    }

    private static byte[] body(Request request, int limitBytes, ProblemCode tooLarge, String sentence)
            throws IOException {
        if (request.getLength() > limitBytes) {
            throw new ProblemException(tooLarge, sentence);
        }
        try (InputStream in = Request.asInputStream(request)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] piece = new byte[8192];
            long limit = System.nanoTime() + BODY_NANOS;
            for (int got = in.read(piece); got >= 0; got = in.read(piece)) {
                all.write(piece, 0, got);
                if (all.size() > limitBytes) {
                    throw new ProblemException(tooLarge, sentence);
                }
                if (System.nanoTime() > limit) {
                    throw new ProblemException(
                            ProblemCode.REQUEST_TIMEOUT, "The body did not arrive within 30 s; send it faster.");
                }
            }
            return all.toByteArray();
        }
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ProblemException(ProblemCode.MALFORMED_BODY, "The body is no UTF-8.");
        }
    }
}
