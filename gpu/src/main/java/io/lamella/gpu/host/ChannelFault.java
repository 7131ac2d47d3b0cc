// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

/** A channel did what it may not: it stops. Without a stack: a guest can cause as many as it likes. */
public final class ChannelFault extends Exception {
    private static final long serialVersionUID = 1L;

    /** Error numbers, as drivers log them (open-gpu-kernel-modules nverror.h). */
    public static final int XID_MMU_FAULT = 31;

    /** The push buffer itself is wrong, or a method of host. */
    public static final int XID_PBDMA = 32;

    private final int xid;

    /** @param sentence what was wrong */
    public ChannelFault(int xid, String sentence) {
        super(sentence, null, false, false);
        this.xid = xid;
    }

    static ChannelFault pushBuffer(String sentence) {
        return new ChannelFault(XID_PBDMA, sentence);
    }

    public int xid() {
        return xid;
    }
}
