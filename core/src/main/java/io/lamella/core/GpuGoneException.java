// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** The function no longer answers: unplugged, powered off, or taken away by its owner. Every later call throws this too. */
public final class GpuGoneException extends CoreException {
    private static final long serialVersionUID = 1L;

    public GpuGoneException(String message) {
        super(CoreError.GONE, message);
    }
}
