// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

/**
 * A channel was stopped for an error.
 *
 * @param channelId the driver's
 * @param runlist where it ran
 * @param xid as drivers log it
 * @param sentence what it did
 * @param address where a memory access failed, else 0
 * @param faultType NV_PFAULT_FAULT_TYPE of that access, else 0
 */
public record FaultReport(int channelId, Runlist runlist, int xid, String sentence, long address, int faultType) {}
