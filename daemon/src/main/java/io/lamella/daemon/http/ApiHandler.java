// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Answers requests by the route table, on virtual threads. Whatever goes wrong becomes a problem document. */
final class ApiHandler extends Handler.Abstract {
    private static final Logger LOG = System.getLogger(ApiHandler.class.getName());

    private final RouteTable routes;
    private final Map<String, Access> access;
    private final Function<Throwable, @Nullable ProblemException> translator;
    private final AnswerCounts answers;

    /**
     * @param access by connector's name; connectors that are not in it need no more than a connection
     * @param translator makes an answer of the refusals of what is behind the routes; null for what it does not know
     */
    ApiHandler(
            RouteTable routes,
            Map<String, Access> access,
            Function<Throwable, @Nullable ProblemException> translator,
            AnswerCounts answers) {
        super(InvocationType.BLOCKING);
        this.routes = routes;
        this.access = Map.copyOf(access);
        this.translator = translator;
        this.answers = answers;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        try {
            write(request, response, callback, answer(request));
        } catch (ProblemException e) {
            writeProblem(request, response, callback, e);
        } catch (HttpException.RuntimeException e) {
            writeProblem(request, response, callback, ofHttp(e.getCode()));
        } catch (IOException e) {
            fail(request, response, callback, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            writeProblem(
                    request,
                    response,
                    callback,
                    new ProblemException(ProblemCode.UNAVAILABLE, "The daemon is stopping."));
        } catch (Exception | StackOverflowError e) {
            ProblemException known = e instanceof Exception ? translator.apply(e) : null;
            if (known == null) {
                LOG.log(Level.ERROR, "A request failed for a reason nobody foresaw: " + request.getMethod(), e);
                known = new ProblemException(
                        ProblemCode.INTERNAL, "The daemon met a fault of its own; its log says more.");
            }
            writeProblem(request, response, callback, known);
        }
        answers.add(response.getStatus());
        return true;
    }

    private Reply answer(Request request) throws Exception {
        Access rules = access.get(
                String.valueOf(request.getConnectionMetaData().getConnector().getName()));
        RouteTable.Found found;
        try {
            found = routes.find(request.getMethod(), Request.getPathInContext(request));
        } catch (ProblemException e) {
            if (rules != null) {
                rules.check(request, null);
            }
            throw e;
        }
        if (rules != null) {
            rules.check(request, found.route());
        }
        return found.route().endpoint().handle(RequestReader.read(request, found));
    }

    static ProblemException ofHttp(int status) {
        ProblemCode code = ProblemCode.ofStatus(status);
        return new ProblemException(
                code,
                switch (code) {
                    case HEADERS_TOO_LARGE -> "The request's line and headers may have 8192 bytes at most.";
                    case URI_TOO_LONG -> "The request's path and query may have 8192 bytes at most.";
                    case BODY_TOO_LARGE -> "The body is too large.";
                    case VERSION_NOT_SUPPORTED -> "This server speaks HTTP/1.1.";
                    case MALFORMED_REQUEST ->
                        "The request is not HTTP/1.1, or its path has parts that could be read in two ways.";
                    case UNAVAILABLE -> "The request did not arrive in time, or the daemon is stopping.";
                    default -> code.title() + ".";
                });
    }

    private static void write(Request request, Response response, Callback callback, Reply reply)
            throws IOException, InterruptedException {
        response.setStatus(reply.status());
        reply.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        switch (reply) {
            case Reply.Document document -> send(response, callback, "application/json", Json.bytes(document.body()));
            case Reply.Text text ->
                send(response, callback, text.mediaType(), text.body().getBytes(StandardCharsets.UTF_8));
            case Reply.Empty _ -> callback.succeeded();
            case Reply.Stream stream -> stream(request, response, callback, stream);
        }
    }

    private static void send(Response response, Callback callback, String mediaType, byte[] body) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, mediaType);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    private static void stream(Request request, Response response, Callback callback, Reply.Stream stream)
            throws IOException, InterruptedException {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, stream.mediaType());
        if (request.getMethod().equals("HEAD")) {
            callback.succeeded();
            return;
        }
        stream.writer().write(new ClientSink(request, response));
        response.write(true, BufferUtil.EMPTY_BUFFER, callback);
    }

    /** The request did not arrive whole, or the answer could not be sent. */
    private static void fail(Request request, Response response, Callback callback, IOException e) {
        if (response.isCommitted()) {
            // Half an answer is there; the client sees that the connection ends before the other half.
            callback.failed(e);
            return;
        }
        ProblemException problem = null;
        for (Throwable cause = e; cause != null && problem == null; cause = cause.getCause()) {
            if (cause instanceof HttpException http) {
                problem = ofHttp(http.getCode());
            } else if (cause instanceof TimeoutException) {
                problem = new ProblemException(
                        ProblemCode.REQUEST_TIMEOUT, "The request did not arrive in time; send it faster.");
            }
        }
        writeProblem(
                request,
                response,
                callback,
                problem != null
                        ? problem
                        : new ProblemException(
                                ProblemCode.MALFORMED_REQUEST, "The request ended before its body did."));
    }

    static void writeProblem(Request request, Response response, Callback callback, ProblemException problem) {
        if (response.isCommitted()) {
            callback.failed(problem);
            return;
        }
        response.reset();
        response.setStatus(problem.status());
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        problem.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        if (!request.consumeAvailable()) {
            // What is left of the body is not worth reading; the next request would begin in its middle.
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        send(response, callback, "application/problem+json", Json.bytes(problem.document()));
    }
}
