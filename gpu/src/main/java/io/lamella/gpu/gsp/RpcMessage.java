// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import java.lang.foreign.MemorySegment;

/**
 * A command from the driver.
 *
 * @param function which
 * @param sequence the driver's number for it
 * @param entries how many entries of the queue it took
 * @param payload our copy of what came behind the headers; handlers change it into the reply
 */
record RpcMessage(int function, int sequence, int entries, MemorySegment payload) {}
