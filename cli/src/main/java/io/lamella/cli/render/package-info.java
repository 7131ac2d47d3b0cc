// SPDX-License-Identifier: Apache-2.0
/**
 * {@code lamella render}: the whole GPU for the host itself, through the DRM peer.
 *
 * <p>The one package of the command that uses the module io.lamella.drm, which a program can be made without. {@link
 * io.lamella.cli.render.RenderCommand} and its subcommands' options have nothing of it; they ask whether it is there and go on to the
 * classes that do ({@link io.lamella.cli.render.RenderBoard}, {@link io.lamella.cli.render.RenderWork}), which are not loaded before.
 *
 * <p>Each call drives a software GPU of its own, booted for it, on the main thread. Exit codes are those of {@link
 * io.lamella.cli.ExitCode}: 1 if the GPU did not do what it should or a byte is not what it has to be, 2 for a wrong command line, 69 if
 * there is no DRM peer in this program.
 */
@NullMarked
package io.lamella.cli.render;

import org.jspecify.annotations.NullMarked;
