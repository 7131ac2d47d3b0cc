// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * How full the frame buffer is.
 *
 * @param usableBytes what clients can have in all
 * @param freeBytes not given to anyone
 * @param largestFreeBytes the longest free run
 * @param quarantinedBytes given up until the GPU is opened anew
 */
public record FbUsage(long usableBytes, long freeBytes, long largestFreeBytes, long quarantinedBytes) {}
