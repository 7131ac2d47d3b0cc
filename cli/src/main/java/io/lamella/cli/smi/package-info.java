// SPDX-License-Identifier: Apache-2.0
/**
 * {@code lamella smi}: what the daemon knows, in the shapes that people know from nvidia-smi and {@code nvidia-smi vgpu}. It is not that
 * tool, says so in its banner, and speaks with no NVIDIA driver.
 *
 * <p>The shapes (columns, {@code Key : Value} trees, names of query fields, CSV) are those of NVIDIA's vGPU user guide and of nvidia-smi's
 * own help. {@link io.lamella.cli.smi.Reading} is all that a command shows, read from a daemon in one go; the rest turns a reading into
 * lines and asks nobody. Utilisation is measured: {@link io.lamella.cli.smi.EngineTimes} reads how long each engine worked for each vGPU
 * from the daemon's metrics, twice, and the share of the time between is what is shown. A vGPU's, or a GPU's, is that of its busiest engine.
 *
 * <p>Everything runs on the main thread.
 *
 * <p>Not modelled, and shown as N/A or a dash: temperature, fan, power, clocks, ECC, memory bandwidth, video engines, how much of its frame
 * buffer a guest uses, the guest's driver, the VM's name and id (vfio-user tells neither), licences (there are none). Processes in guests are
 * unknown to the host, so {@code vgpu -p} is refused with that sentence.
 */
@NullMarked
package io.lamella.cli.smi;

import org.jspecify.annotations.NullMarked;
