// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** A stream to one client, which is cut off if it does not read what it was sent within the connection's idle time. */
final class ClientSink implements Reply.Sink {
    private final EndPoint endPoint;
    private final Response response;
    private final long limitMillis;

    ClientSink(Request request, Response response) {
        this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        this.response = response;
        this.limitMillis = endPoint.getIdleTimeout();
    }

    /** One write under way. */
    private static final class Written implements Callback {
        final CountDownLatch done = new CountDownLatch(1);
        volatile @Nullable Throwable failure;

        @Override
        public void succeeded() {
            done.countDown();
        }

        @Override
        public void failed(Throwable x) {
            failure = x;
            done.countDown();
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }

    @Override
    public void send(String text) throws IOException {
        Written written = new Written();
        response.write(false, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), written);
        try {
            if (!written.done.await(limitMillis, TimeUnit.MILLISECONDS)) {
                abort();
                throw new IOException("The client reads nothing.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException().initCause(e);
        }
        Throwable failure = written.failure;
        if (failure != null) {
            throw new IOException("The client is gone.", failure);
        }
    }

    @Override
    public void abort() {
        endPoint.close();
    }
}
