// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Function pointers into Java and out of it. Whatever a Java target throws is caught on the way: an exception that reached C would end
 * the process.
 *
 * <p>Stubs are made once and never freed: a pointer that C has kept too long leads to a stub that finds its number gone, and not to
 * memory that is something else by then.
 */
public final class Stubs {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final MethodHandle REPORT =
            own("report", MethodType.methodType(int.class, Throwable.class, MemorySegment.class));
    private static final MethodHandle CODE = own("code", MethodType.methodType(int.class, Throwable.class));
    private static final MethodHandle LOGGED = own("logged", MethodType.methodType(void.class, Throwable.class));
    private static final MethodHandle LOGGED_ZERO =
            own("loggedZero", MethodType.methodType(long.class, Throwable.class));

    private Stubs() {}

    private static MethodHandle own(String name, MethodType type) {
        try {
            return LOOKUP.findStatic(Stubs.class, name, type);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** A function whose last argument is a pointer to an error and that returns a number. */
    public static MemorySegment reporting(MethodHandle target, FunctionDescriptor descriptor) {
        MethodType type = descriptor.toMethodType();
        int last = type.parameterCount();
        MethodHandle handler =
                MethodHandles.permuteArguments(REPORT, type.insertParameterTypes(0, Throwable.class), 0, last);
        return stub(MethodHandles.catchException(target.asType(type), Throwable.class, handler), descriptor);
    }

    /** Any other function: failures become its number, or are logged where it returns none. */
    public static MemorySegment plain(MethodHandle target, FunctionDescriptor descriptor) {
        MethodType type = descriptor.toMethodType();
        MethodHandle handler =
                type.returnType() == int.class ? CODE : type.returnType() == void.class ? LOGGED : LOGGED_ZERO;
        return stub(MethodHandles.catchException(target.asType(type), Throwable.class, handler), descriptor);
    }

    private static MemorySegment stub(MethodHandle target, FunctionDescriptor descriptor) {
        return LINKER.upcallStub(target, descriptor, Arena.global());
    }

    /** A call to a function pointer, which is the first argument. */
    public static MethodHandle downcall(FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(descriptor);
    }

    /** For what a call to C threw: C throws nothing, so it is Java's own, or a refusal that was made of C's answer. */
    public static RuntimeException thrown(Throwable failure) {
        if (failure instanceof RuntimeException runtime) {
            return runtime;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(failure);
    }

    /** The method of that name, by its C name, in one of the objects. */
    public static MethodHandle method(
            MethodHandles.Lookup lookup, String cName, FunctionDescriptor descriptor, Object... owners) {
        String name = javaName(cName);
        MethodType type = descriptor.toMethodType();
        for (Object owner : owners) {
            for (Method method : owner.getClass().getDeclaredMethods()) {
                if (method.getName().equals(name) && Arrays.equals(method.getParameterTypes(), type.parameterArray())) {
                    try {
                        return lookup.unreflect(method).bindTo(owner);
                    } catch (IllegalAccessException hidden) {
                        throw new IllegalStateException(hidden);
                    }
                }
            }
        }
        throw new IllegalStateException("Nothing implements " + cName + type + ".");
    }

    private static String javaName(String cName) {
        StringBuilder name = new StringBuilder();
        IntStream.range(0, cName.length()).forEach(i -> {
            if (cName.charAt(i) != '_') {
                boolean starts = i > 0 && cName.charAt(i - 1) == '_';
                name.append(starts ? Character.toUpperCase(cName.charAt(i)) : cName.charAt(i));
            }
        });
        return name.toString();
    }

    @SuppressWarnings("unused") // Found by name.
    private static int report(Throwable failure, MemorySegment error) {
        return Errors.report(failure, error);
    }

    @SuppressWarnings("unused") // Found by name.
    private static int code(Throwable failure) {
        return Errors.code(failure);
    }

    @SuppressWarnings("unused") // Found by name.
    private static void logged(Throwable failure) {
        Errors.code(failure);
    }

    @SuppressWarnings("unused") // Found by name.
    private static long loggedZero(Throwable failure) {
        Errors.code(failure);
        return 0;
    }
}
