// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** A run of hardware channel ids, on every runlist. */
public interface ChannelRange extends CoreResource {
    int first();

    int count();
}
