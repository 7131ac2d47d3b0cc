// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

/**
 * What a server has done since it was started, over all its clients.
 *
 * @param connections clients that agreed on a version
 * @param messages commands and replies received
 * @param bytesReceived in all
 * @param regionReads REGION_READ commands carried out
 * @param regionWrites writes carried out, each of a REGION_WRITE_MULTI counted
 * @param refused commands that were answered with an error, or would have been
 * @param malformed messages that ended their connection
 * @param expired commands that took too long
 * @param dmaMessages DMA_READ and DMA_WRITE commands sent
 * @param dmaMaps regions mapped now
 */
public record ServerStatistics(
        long connections,
        long messages,
        long bytesReceived,
        long regionReads,
        long regionWrites,
        long refused,
        long malformed,
        long expired,
        long dmaMessages,
        long dmaMaps) {}
