// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.host.FaultReport;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * What the firmware says when it has stopped a channel: first a line for the log, then what to recover. The driver whose channel it was gets
 * both; so does the host's, for a channel of a vGPU, with the board's number of the channel and the function that it belongs to.
 */
public final class FaultMessages {
    private static final int EXCEPTION_SCOPE_CHANNEL = 0;

    private FaultMessages() {}

    /**
     * Sends both.
     *
     * @param gfid whose channel it was, 0 for the receiver's own
     * @param channelId the receiver's number of it
     * @param text of the line, cut where the message ends
     */
    public static void send(GspAbi abi, RmEvents events, FaultReport report, int gfid, int channelId, String text) {
        Struct log = abi.payload(GspEvent.OS_ERROR_LOG).orElseThrow();
        MemorySegment line = MemorySegment.ofArray(new byte[log.sizeBytes()]);
        log.u32("exceptType").set(line, 0, report.xid());
        log.u32("runlistId").set(line, 0, report.runlist().id());
        log.u32("chid").set(line, 0, channelId);
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        int room = log.bytes("errString").sizeBytes() - 1;
        MemorySegment.copy(
                bytes, 0, line, ValueLayout.JAVA_BYTE, log.offsetOf("errString"), Math.min(bytes.length, room));
        events.send(GspEvent.OS_ERROR_LOG, line);

        Struct recovery = abi.payload(GspEvent.RC_TRIGGERED).orElseThrow();
        MemorySegment message = MemorySegment.ofArray(new byte[recovery.sizeBytes()]);
        recovery.u32("nv2080EngineType").set(message, 0, report.runlist().engineType());
        recovery.u32("chid").set(message, 0, channelId);
        recovery.u32("exceptType").set(message, 0, report.xid());
        recovery.u32("scope").set(message, 0, EXCEPTION_SCOPE_CHANNEL);
        // Of releases that say so.
        if (recovery.find("gfid").isPresent()) {
            recovery.u32("gfid").set(message, 0, gfid);
        }
        if (recovery.find("mmuFaultAddrLo").isPresent()) {
            recovery.u32("mmuFaultAddrLo").set(message, 0, (int) report.address());
            recovery.u32("mmuFaultAddrHi").set(message, 0, (int) (report.address() >>> 32));
            recovery.u32("mmuFaultType").set(message, 0, report.faultType());
        }
        events.send(GspEvent.RC_TRIGGERED, message);
    }
}
