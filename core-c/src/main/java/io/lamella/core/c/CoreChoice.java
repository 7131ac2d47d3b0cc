// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.contract.ContractReport;
import io.lamella.core.contract.CoreContract;
import io.lamella.pci.PciSlot;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which core drives a GPU: {@code java} for Lamella's own, {@code native:LIBRARY} for one in a shared library.
 *
 * @param library the shared library; null for the Java core
 */
public record CoreChoice(@Nullable Path library) {
    /** Lamella's own. */
    public static final CoreChoice JAVA = new CoreChoice(null);

    private static final String JAVA_NAME = "java";
    private static final String NATIVE_PREFIX = "native:";

    /**
     * Reads what a configuration or a command line says.
     *
     * @throws IllegalArgumentException with a sentence if it is neither form, or if there is no such file
     */
    public static CoreChoice parse(String text) {
        if (text.equals(JAVA_NAME)) {
            return JAVA;
        }
        String file = text.startsWith(NATIVE_PREFIX) ? text.substring(NATIVE_PREFIX.length()) : "";
        if (file.isEmpty()) {
            throw new IllegalArgumentException("There is no core '" + text
                    + "'; there are java, and native:LIBRARY for a shared library that has one, such as"
                    + " native:/usr/lib/libmy-core.so.");
        }
        try {
            // A name without a folder would be looked for wherever the system looks for libraries.
            Path library = Path.of(file).toAbsolutePath().normalize();
            if (!Files.isRegularFile(library) || !Files.isReadable(library)) {
                throw new IllegalArgumentException(
                        "The core's library " + library + " is not a file that can be read.");
            }
            return new CoreChoice(library);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + file + "' cannot be the name of a library.", e);
        }
    }

    /** Where the core comes from. @throws CoreException {@code NOT_FOUND}, {@code NOT_SUPPORTED} if a library is not a core of this interface */
    public CoreProvider provider() {
        Path from = library;
        return from == null ? CoreProvider.JAVA : NativeCoreProvider.load(from);
    }

    /**
     * Brings a GPU up with this core. One from a library is checked against the quick clauses of the contract before anybody may attach.
     *
     * @throws CoreException as {@link GpuCore#open}; {@code NOT_SUPPORTED} with the clause if the core breaks its contract
     */
    public GpuCore open(PciSlot slot, FirmwareSource firmware, CoreOptions options) {
        CoreProvider provider = provider();
        GpuCore core = provider.open(slot, firmware, options);
        if (library == null) {
            return core;
        }
        try {
            ContractReport report = CoreContract.checkQuickly(provider.name(), core);
            Optional<String> refusal = report.refusal();
            if (refusal.isPresent()) {
                throw new CoreException(CoreError.NOT_SUPPORTED, refusal.get());
            }
            return core;
        } catch (RuntimeException | Error e) {
            core.close();
            throw e;
        }
    }

    /** As {@link #parse} takes it. */
    @Override
    public String toString() {
        return library == null ? JAVA_NAME : NATIVE_PREFIX + library;
    }
}
