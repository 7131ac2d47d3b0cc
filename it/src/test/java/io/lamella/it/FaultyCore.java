// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.GpuCore;
import io.lamella.core.GspClient;
import io.lamella.core.RmRequest;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A real core of which one chosen call fails: before it has an effect, or after it, with the answer lost. */
final class FaultyCore {
    private static final Set<String> TAKES = Set.of("allocateFb", "allocateChannels", "map", "openGspClient");
    private static final Set<String> ACTS = Set.of("scrub", "setVirtualFunctions", "ringDoorbell", "control");

    final List<String> calls = new ArrayList<>();

    /** Number of the call to fail, counted from 0, or -1. */
    int failAt = -1;

    /** Whether the call is carried out and only its answer lost; for calls that act, not for those that take. */
    boolean lateFailure;

    GpuCore over(GpuCore core) {
        return proxy(GpuCore.class, (method, arguments) -> {
            Object result = invoke(core, method, arguments);
            return result instanceof CoreSession session ? over(session) : result;
        });
    }

    private CoreSession over(CoreSession session) {
        return proxy(CoreSession.class, (method, arguments) -> {
            Object result = counted(session, method, arguments);
            return result instanceof GspClient client ? over(client) : result;
        });
    }

    private GspClient over(GspClient client) {
        return proxy(GspClient.class, (method, arguments) -> counted(client, method, arguments));
    }

    private interface Call {
        @Nullable
        Object run(Method method, @Nullable Object @Nullable [] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        InvocationHandler handler = (self, method, arguments) -> call.run(method, arguments);
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private @Nullable Object counted(Object target, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        String name = method.getName();
        if (!TAKES.contains(name) && !ACTS.contains(name)) {
            return invoke(target, method, arguments);
        }
        String call = name.equals("control") && arguments != null && arguments[1] instanceof RmRequest request
                ? "control " + request.name()
                : name;
        int number = calls.size();
        calls.add(call);
        if (number != failAt) {
            return invoke(target, method, arguments);
        }
        if (lateFailure && ACTS.contains(name)) {
            Object unused = invoke(target, method, arguments);
            throw new CoreException(CoreError.TIMED_OUT, "The answer to " + call + " was lost; result " + unused + ".");
        }
        throw new CoreException(CoreError.DEVICE_FAULT, "A test made " + call + " fail.");
    }

    private static @Nullable Object invoke(Object target, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
