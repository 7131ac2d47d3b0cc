// SPDX-License-Identifier: Apache-2.0
/** The daemon that wires GPU, core, vGPUs and sockets. */
@NullMarked
package io.lamella.host;

import org.jspecify.annotations.NullMarked;
