// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

/** A class of objects that an engine has. */
public interface EngineClass {
    /** NVIDIA's number. */
    int number();

    /** A new object of it, as SET_OBJECT binds it. */
    EngineObject create(EngineContext context);
}
