// SPDX-License-Identifier: Apache-2.0
/**
 * A worked example: a small PCI function, and the few lines that serve it on a socket.
 *
 * <p>Read {@link io.lamella.vfiouser.example.ExampleDevice} for how a function is written against the seam, {@link
 * io.lamella.vfiouser.example.ExampleDeviceServer} for how it is served. The device moves memory in both ways that the protocol has:
 * through memory that the client has mapped, and by messages, and it raises MSI-X interrupts. Its contract is public and small, so it is
 * also what the library's speed and conformance are measured with.
 *
 * <p>Threads: whoever serves the function calls it from one thread at a time; message DMA runs on a thread of the device's own, because
 * the serving thread must stay free to read the client's answers.
 *
 * <p>Not modelled: migration and dirty-page logging, which the contract leaves optional; the legacy interrupt pin is there but nothing
 * raises it. Commands take 3 s at the most and then end with status ETIMEDOUT, whatever number of iterations was asked for. While message
 * DMA runs the status register reads EBUSY.
 */
@NullMarked
package io.lamella.vfiouser.example;

import org.jspecify.annotations.NullMarked;
