// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.device.Bytes;

/**
 * A message from the firmware: a reply or an event.
 *
 * @param function which
 * @param sequence of the command it replies to
 * @param result 0 where it went well
 * @param payload its content, a copy
 */
record GspMessage(int function, int sequence, int result, Bytes payload) {}
