// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * An engine of the GPU.
 *
 * @param name such as {@code CE0}
 * @param engineType the resource manager's engine type (NV2080 numbering: 1 for GR0, 9 + n for copy engine n)
 * @param runlistId the runlist that feeds it
 * @param nonStallVector its non-stall interrupt, or -1 where it has none
 * @param engineClass class of the object that a {@link Channel} of it is given, such as 0xc7b5; 0 where the core opens no channels. Since
 *     version 1.2 of the interface.
 */
public record EngineInfo(String name, int engineType, int runlistId, int nonStallVector, int engineClass) {}
