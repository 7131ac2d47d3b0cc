// SPDX-License-Identifier: Apache-2.0
/** The few system calls that Java lacks. The only module that makes native calls. */
module io.lamella.linux {
    requires static transitive org.jspecify;

    exports io.lamella.linux;
}
