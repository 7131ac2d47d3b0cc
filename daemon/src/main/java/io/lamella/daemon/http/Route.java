// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that the API does, as data: the server finds and checks requests by it, and the API's description is made of it.
 *
 * @param id name of the operation in generated clients, such as {@code startVgpu}
 * @param method of HTTP, in capitals
 * @param path template
 * @param summary one line
 * @param tag the chapter of the description that it stands in
 * @param since the release that had it first
 * @param query what the query may say
 * @param request what the body is, or null if it takes none
 * @param bodyOptional whether a request without a body is right too
 * @param answers what it may answer with when all is well, the usual one first
 * @param problems codes of problem documents beside those that every route can answer with
 * @param conditional whether If-Match is looked at
 * @param open whether it answers without a token
 * @param endpoint does it
 */
public record Route(
        String id,
        String method,
        PathTemplate path,
        String summary,
        String tag,
        String since,
        List<Query> query,
        @Nullable Body request,
        boolean bodyOptional,
        List<Answer> answers,
        List<Integer> problems,
        boolean conditional,
        boolean open,
        Endpoint endpoint) {
    /** Does the work of a route. Runs on a virtual thread of its own and may wait. */
    @FunctionalInterface
    public interface Endpoint {
        /** @throws ProblemException if it is refused */
        Reply handle(Call call) throws Exception;
    }

    /**
     * A parameter of a query.
     *
     * @param shape a string or a whole number
     */
    public record Query(String name, Shape shape, String summary) {}

    /** What a body has to be. */
    public sealed interface Body {
        /** JSON that becomes a record. */
        record Document(Class<?> type, Shape.Structure shape) implements Body {}

        /** Text of one of these media types, up to the limit; whoever takes it reads it. */
        record Text(List<String> mediaTypes, int limitBytes) implements Body {}
    }

    /**
     * What a route answers with when all is well.
     *
     * @param status of HTTP
     * @param content what the body is
     */
    public record Answer(int status, Content content) {}

    /** What the body of an answer is. */
    public sealed interface Content {
        /** A document. */
        record Document(Class<?> type) implements Content {}

        /** An array of documents. */
        record Many(Class<?> item) implements Content {}

        /** Text of a media type. */
        record Text(String mediaType) implements Content {}

        /** Nothing. */
        record None() implements Content {}
    }

    /** The media types that it may answer with when all is well. */
    public List<String> mediaTypes() {
        List<String> types = new ArrayList<>();
        for (Answer answer : answers) {
            switch (answer.content()) {
                case Content.Document _, Content.Many _ -> types.add("application/json");
                case Content.Text text -> types.add(text.mediaType());
                case Content.None _ -> {}
            }
        }
        return types;
    }

    /** Begins a route. */
    public static Builder of(String method, String path, String id) {
        return new Builder(method, path, id);
    }

    /** Builds one route, a line for each property. */
    public static final class Builder {
        private final String method;
        private final String path;
        private final String id;
        private String summary = "";
        private String tag = "";
        private String since = "0.1.0";
        private final List<Query> query = new ArrayList<>();
        private @Nullable Body request;
        private boolean bodyOptional;
        private final List<Answer> answers = new ArrayList<>();
        private List<Integer> problems = List.of();
        private boolean conditional;
        private boolean open;

        private Builder(String method, String path, String id) {
            this.method = method;
            this.path = path;
            this.id = id;
        }

        public Builder says(String chapter, String line) {
            tag = chapter;
            summary = line;
            return this;
        }

        public Builder since(String release) {
            since = release;
            return this;
        }

        /** The query may have a string. */
        public Builder query(String name, String sentence, String... oneOf) {
            query.add(new Query(name, new Shape.Text(256, null, null, List.of(oneOf)), sentence));
            return this;
        }

        /** The query may have a whole number. */
        public Builder query(String name, String sentence, long min, long max) {
            query.add(new Query(name, new Shape.Whole(min, max), sentence));
            return this;
        }

        /** The body is a JSON object. */
        public Builder takes(Class<?> type) {
            request = new Body.Document(type, Shape.of(type));
            return this;
        }

        /** The body is a JSON object, or there is none. */
        public Builder mayTake(Class<?> type) {
            bodyOptional = true;
            return takes(type);
        }

        public Builder takesText(int limitBytes, String... mediaTypes) {
            request = new Body.Text(List.of(mediaTypes), limitBytes);
            return this;
        }

        /** May answer with a document. */
        public Builder answers(int status, Class<?> type) {
            answers.add(new Answer(status, new Content.Document(type)));
            return this;
        }

        /** Answers with an array of documents. */
        public Builder answersMany(Class<?> item) {
            answers.add(new Answer(200, new Content.Many(item)));
            return this;
        }

        /** May answer with text. */
        public Builder answersText(String mediaType) {
            answers.add(new Answer(200, new Content.Text(mediaType)));
            return this;
        }

        /** May answer with nothing but a status. */
        public Builder answersNothing(int status) {
            answers.add(new Answer(status, new Content.None()));
            return this;
        }

        public Builder problems(Integer... statuses) {
            problems = List.of(statuses);
            return this;
        }

        /** If-Match is looked at. */
        public Builder conditional() {
            conditional = true;
            return this;
        }

        /** Answers without a token. */
        public Builder open() {
            open = true;
            return this;
        }

        public Route does(Endpoint endpoint) {
            return new Route(
                    id,
                    method,
                    PathTemplate.of(path),
                    summary,
                    tag,
                    since,
                    List.copyOf(query),
                    request,
                    bodyOptional,
                    List.copyOf(answers),
                    problems,
                    conditional,
                    open,
                    endpoint);
        }
    }
}
