// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.falcon;

import java.lang.foreign.MemorySegment;

/**
 * A signed program for a falcon, ready to be loaded: signature chosen and in place.
 *
 * @param name for messages
 * @param image code and data as the falcon's DMA engine reads them
 * @param codeOffset where code begins in the image
 * @param codeAddress where it goes in IMEM
 * @param codeBytes a multiple of 256
 * @param dataOffset where data begins in the image
 * @param dataAddress where it goes in DMEM
 * @param dataBytes a multiple of 256
 * @param signatureAddress where in DMEM the signature is
 * @param engineIdMask which engines may run it
 * @param ucodeId which fuse holds its version
 * @param bootAddress where execution starts
 */
public record FalconProgram(
        String name,
        MemorySegment image,
        int codeOffset,
        int codeAddress,
        int codeBytes,
        int dataOffset,
        int dataAddress,
        int dataBytes,
        int signatureAddress,
        int engineIdMask,
        int ucodeId,
        int bootAddress) {}
