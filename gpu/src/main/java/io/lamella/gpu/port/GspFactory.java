// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

/** Makes the GSP of a function. Called while the function is built: the host's methods may be used from {@link GspPort#start} on. */
@FunctionalInterface
public interface GspFactory {
    GspPort create(GspHost host);
}
