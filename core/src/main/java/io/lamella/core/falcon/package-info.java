// SPDX-License-Identifier: Apache-2.0
/**
 * Falcons: the microcontrollers that boot the GSP. A program (code, data, signature) is read by the falcon's own DMA engine from system
 * memory, checked by its boot ROM, run, and says in a mailbox how it went.
 *
 * <p>Facts from nouveau nvkm/falcon/{base,gm200,ga100,ga102,fw}.c and nova-core falcon/. Called by the thread that boots or unloads.
 *
 * <p>Not modelled: loading by port (Turing), debug signatures.
 */
@NullMarked
package io.lamella.core.falcon;

import org.jspecify.annotations.NullMarked;
