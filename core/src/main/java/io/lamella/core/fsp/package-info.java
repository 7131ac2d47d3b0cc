// SPDX-License-Identifier: Apache-2.0
/**
 * The FSP: a processor of Hopper and later chips that starts the chip on its own, and after that checks and starts the GSP's first program
 * if a driver asks it to. One message at a time goes to it through a piece of memory, and an answer comes back the same way.
 *
 * <p>Facts from nouveau nvkm/subdev/fsp/{gh100,gb202}.c, nova-core fsp.rs, mctp.rs and falcon/fsp.rs. Called by the thread that opens the
 * GPU.
 *
 * <p>Not modelled: messages of several packets, settings other than the vGPU mode, Hopper's and GB10x's registers.
 */
@NullMarked
package io.lamella.core.fsp;

import org.jspecify.annotations.NullMarked;
