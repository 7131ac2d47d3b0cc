// SPDX-License-Identifier: Apache-2.0
/**
 * PTIMER: nanoseconds since power-on in steps of 32, from the GPU's time source. A driver may set it, which every one does; the copies for
 * user space and for the function follow. Each function has its own, owned by its serving thread.
 *
 * <p>Facts: nouveau nvkm/subdev/timer/{nv04,gk20a}.c. Not modelled: the alarm (it is stored and never rings), the clock ratio.
 */
@NullMarked
package io.lamella.gpu.timer;

import org.jspecify.annotations.NullMarked;
