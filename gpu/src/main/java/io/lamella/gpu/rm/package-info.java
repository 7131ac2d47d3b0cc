// SPDX-License-Identifier: Apache-2.0
/**
 * The resource manager: what the firmware on a GSP does for its driver.
 *
 * <p>{@link io.lamella.gpu.rm.ResourceManager} lives from INIT_DONE to the end of the firmware. It keeps trees of objects, one per client;
 * handles belong to their client, and the firmware has a client of its own whose handles the driver learns from the static information. {@code
 * ClassTable} says which classes there are and who makes them, {@code ControlTable} which controls there are and who answers; one small
 * class per theme fills both: {@code BoardControls}, {@code AddressSpaces}, {@code EventObjects}, {@code FrameBufferControls}. What is in neither table is
 * NOT_SUPPORTED and counted. Layouts and numbers are the release's ({@code GspAbi}); nothing here asks which release it is.
 *
 * <p>Video memory ends for the driver 1 MiB below the heap that it gave to the firmware; the root pages of BAR1 and BAR2 lie there. The
 * second region of the static information covers that and the firmware.
 *
 * <p>{@code ChannelObjects} makes channels for {@code io.lamella.gpu.host} and tells the driver of those that were stopped for an error (OS_ERROR_LOG
 * with the Xid, then RC_TRIGGERED). The table of engines has the copy engines and GR0, which has no classes ({@code
 * io.lamella.gpu.gr}); {@code GraphicsContexts} answers what drivers prepare for graphics before their first channel on any engine. No engine is a falcon with a context buffer, so that table is empty.
 *
 * <p>Limits: 1024 clients, 4096 objects each, 16384 together. Threads: the function's tasks only.
 *
 * <p>Facts: nouveau nvkm/subdev/gsp/rm, open-gpu-kernel-modules ctrl2080 and ctrl0080 headers. Not modelled: graphics, display, groups of channels,
 * duplicated objects, memory objects other than
 * page lists, page directories in system memory, copies of video memory for a suspend (it keeps its
 * content by itself, so nothing is saved).
 */
@NullMarked
package io.lamella.gpu.rm;

import org.jspecify.annotations.NullMarked;
