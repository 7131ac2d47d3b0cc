// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * A driver on top of the core, with all that makes use of it, that may be part of a program or be left out of it, found with {@link java.util.ServiceLoader}. It says that
 * it is there; what it does, its own module says.
 */
public interface CorePeer {
    /** Short, in lower case, such as {@code drm}. */
    String name();

    /** One sentence. */
    String description();
}
