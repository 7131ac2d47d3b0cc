// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.core.c.CoreChoice;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which core drives the GPU. */
public final class CoreOption {
    @Option(
            names = "--core",
            paramLabel = "CORE",
            converter = Converter.class,
            description = "What drives the GPU: java (the default), or native:LIBRARY for a core in a shared library."
                    + " One that breaks the contract of cores is refused; see lamella core check.")
    CoreChoice choice = CoreChoice.JAVA;

    public CoreChoice choice() {
        return choice;
    }

    /** Says what is wrong in the words of whoever reads it. */
    static final class Converter implements ITypeConverter<CoreChoice> {
        @Override
        public CoreChoice convert(String text) {
            try {
                return CoreChoice.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
