// SPDX-License-Identifier: Apache-2.0
/** The few system calls that Java lacks. */
module io.lamella.linux {
    requires static transitive org.jspecify;
}
