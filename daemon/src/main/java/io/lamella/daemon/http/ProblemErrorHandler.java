// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty refuses by itself, before any handler of ours, as a problem document. */
final class ProblemErrorHandler extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus() < 400 ? 500 : response.getStatus();
        ApiHandler.writeProblem(request, response, callback, ApiHandler.ofHttp(status));
        return true;
    }

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }
}
