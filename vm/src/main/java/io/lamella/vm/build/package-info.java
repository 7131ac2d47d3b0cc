// SPDX-License-Identifier: Apache-2.0
/**
 * Builds a small kernel with nova-core and nova-drm from Debian's own source package, as Debian's kernels have nova switched off.
 *
 * <p>Nothing of the build comes from the host: compilers and tools are Debian packages of one release, unpacked by {@link
 * io.lamella.vm.archive} into one folder, and {@link io.lamella.vm.build.BuildRoot} runs commands in that folder as if it were the
 * system (a mount namespace and chroot; as an ordinary user in a user namespace). {@link io.lamella.vm.build.NovaKernel} holds the
 * configuration (nova.config: everything that is not in it is off) and keeps each result under a name that is a hash of source, tools,
 * configuration and steps, so it is built once. A build that was interrupted goes on where it was.
 *
 * <p>Everything runs on the caller's thread, which waits for the compiler for tens of minutes; {@link io.lamella.vm.Progress} says how far
 * it is, and the whole output is in a log that is kept when the build fails. A lock for each result lets a second caller wait for the
 * first.
 *
 * <p>What the kernel needs: scripts/min-tool-version.sh, Documentation/rust/quick-start.rst and drivers/gpu/nova-core/Kconfig of Linux.
 *
 * <p>Not done: kernels with modules; other configurations than the one here; removing old results (delete the cache's folder
 * {@code kernels} for that).
 */
@NullMarked
package io.lamella.vm.build;

import org.jspecify.annotations.NullMarked;
