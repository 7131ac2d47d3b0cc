// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

/**
 * What one file may have at a time.
 *
 * @param buffers buffer objects
 * @param vramBytes of them in frame buffer
 * @param gartBytes of them in the host's memory
 * @param channels channels
 * @param syncObjects sync objects
 * @param binds binds in the VM
 */
public record RenderLimits(int buffers, long vramBytes, long gartBytes, int channels, int syncObjects, int binds) {
    /** What is used when nothing is said. */
    public static final RenderLimits DEFAULT = new RenderLimits(4096, 64L << 30, 8L << 30, 8, 4096, 65_536);

    public RenderLimits {
        if (buffers < 0 || vramBytes < 0 || gartBytes < 0 || channels < 0 || syncObjects < 0 || binds < 0) {
            throw new IllegalArgumentException("A limit cannot be less than 0.");
        }
    }
}
