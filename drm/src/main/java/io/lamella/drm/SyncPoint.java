// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

/**
 * A point of a timeline, to wait for or to signal.
 *
 * @param object of the same file as the work
 * @param point at least 1
 */
public record SyncPoint(SyncObject object, long point) {}
