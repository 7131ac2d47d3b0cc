// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.core.AddressSpace;
import io.lamella.core.BarMapping;
import io.lamella.core.Channel;
import io.lamella.core.ChannelRange;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.GspClient;
import io.lamella.core.HostMemory;
import io.lamella.core.RmReply;
import io.lamella.pci.PciSlot;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Java core with a mistake put into it: everything that it gives out is wrapped, and chosen methods do something else. What clients
 * pass back in is unwrapped again.
 */
class WrongCore implements CoreProvider {
    /** A method that went wrong. */
    interface Mistake {
        /**
         * @param call carries out the real one
         * @param self the real object
         */
        @Nullable
        Object instead(Call call, Object self, @Nullable Object[] arguments) throws Throwable;
    }

    /** The real method. */
    interface Call {
        @Nullable
        Object run(@Nullable Object... arguments) throws Throwable;
    }

    private static final List<Class<?>> WRAPPED = List.of(
            GpuCore.class,
            CoreSession.class,
            FbRange.class,
            HostMemory.class,
            AddressSpace.class,
            Channel.class,
            ChannelRange.class,
            BarMapping.class,
            GspClient.class,
            RmReply.class);

    private final Map<String, Mistake> mistakes = new HashMap<>();

    /** @param method such as {@code CoreSession.scrub} */
    WrongCore with(String method, Mistake mistake) {
        mistakes.put(method, mistake);
        return this;
    }

    @Override
    public String name() {
        return "wrong";
    }

    @Override
    public GpuCore open(PciSlot slot, FirmwareSource firmware, CoreOptions options) {
        return (GpuCore) wrap(GpuCore.open(slot, firmware, options));
    }

    private Object wrap(Object real) {
        for (Class<?> type : WRAPPED) {
            if (type.isInstance(real)) {
                return Proxy.newProxyInstance(
                        type.getClassLoader(), new Class<?>[] {type, Wrapped.class}, (self, method, arguments) -> {
                            if (method.getName().equals("wrapped")) {
                                return real;
                            }
                            return call(real, type, method, arguments == null ? new Object[0] : arguments);
                        });
            }
        }
        return real;
    }

    /** What all wrappers are. Public, or no proxy could be it beside an interface of another package. */
    public interface Wrapped {
        Object wrapped();
    }

    private @Nullable Object call(Object real, Class<?> type, Method method, @Nullable Object[] arguments)
            throws Throwable {
        Call carryOut = given -> invoke(real, method, given);
        Mistake mistake = mistakes.get(type.getSimpleName() + "." + method.getName());
        if (mistake == null && real instanceof CoreResource) {
            mistake = mistakes.get("CoreResource." + method.getName());
        }
        Object result = mistake == null ? carryOut.run(arguments) : mistake.instead(carryOut, real, arguments);
        if (result instanceof List<?> list) {
            return list.stream().map(this::wrap).toList();
        }
        return result == null ? null : wrap(result);
    }

    private static @Nullable Object invoke(Object real, Method method, @Nullable Object[] given) throws Throwable {
        Object[] arguments = given.clone();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof Wrapped wrapper) {
                arguments[i] = wrapper.wrapped();
            }
        }
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
