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
        long dmaMaps) {
    /** Nothing at all. */
    public static final ServerStatistics NONE = new ServerStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** What two servers have done together. */
    public ServerStatistics plus(ServerStatistics other) {
        return new ServerStatistics(
                connections + other.connections,
                messages + other.messages,
                bytesReceived + other.bytesReceived,
                regionReads + other.regionReads,
                regionWrites + other.regionWrites,
                refused + other.refused,
                malformed + other.malformed,
                expired + other.expired,
                dmaMessages + other.dmaMessages,
                dmaMaps + other.dmaMaps);
    }
}
