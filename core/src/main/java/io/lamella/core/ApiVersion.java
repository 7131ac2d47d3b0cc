// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * A version of the core's interface. A higher minor number only adds; a different major number is a different interface.
 *
 * @param major at least 1
 * @param minor at least 0
 */
public record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
    public ApiVersion {
        if (major < 1 || minor < 0) {
            throw new IllegalArgumentException("No interface version " + major + "." + minor + " can exist.");
        }
    }

    @Override
    public int compareTo(ApiVersion other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
