// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

/**
 * How full a frame buffer is.
 *
 * @param totalBytes all of it
 * @param usableBytes what vGPUs and their management can have
 * @param freeBytes not given to anyone
 * @param largestFreeBytes the longest free run
 * @param quarantinedBytes given up until the GPU is opened anew
 */
public record FrameBufferView(
        long totalBytes, long usableBytes, long freeBytes, long largestFreeBytes, long quarantinedBytes) {}
