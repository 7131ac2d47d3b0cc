// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A runlist and the one engine that it feeds.
 *
 * @param id as in a doorbell's upper half
 * @param engineType of the engine, NV2080_ENGINE_TYPE
 * @param name of the engine, such as {@code CE0}
 * @param nonStallVector of the engine
 * @param faultXid what a driver logs when the engine refuses a method
 * @param classes that the engine has
 * @param semaphoreAddressBits bits of the address of a semaphore that its channels' own methods have
 */
public record Runlist(
        int id,
        int engineType,
        String name,
        int nonStallVector,
        int faultXid,
        List<? extends EngineClass> classes,
        int semaphoreAddressBits) {
    public Runlist {
        classes = List.copyOf(classes);
    }

    /** The class of that number. */
    public @Nullable EngineClass engineClass(int number) {
        for (EngineClass one : classes) {
            if (one.number() == number) {
                return one;
            }
        }
        return null;
    }
}
