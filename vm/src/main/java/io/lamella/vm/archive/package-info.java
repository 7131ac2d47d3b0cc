// SPDX-License-Identifier: Apache-2.0
/**
 * Debian packages without root and without touching the system.
 *
 * <p>apt runs privately: its lists, its cache and its idea of what is installed (an empty file) live in Lamella's cache
 * folder, so it computes whole closures, C library included, and verifies every index and package with the Debian
 * keyring. Packages are unpacked, never installed: no maintainer script runs. Of the machine's own apt only its mirror,
 * its proxy and its credentials are used (sources.list(5), apt.conf(5), apt-get(8), dpkg-deb(1)).
 *
 * <p>A set of packages becomes one folder whose name is a hash of the packages' own hashes. It appears at once and
 * whole (rename), never changes after that, and is used without any network as long as the choice that led to it is
 * less than a day old, or for as long as the network is away.
 *
 * <p>Not done: other architectures than amd64; removing folders of packages that newer ones have replaced (delete the
 * cache folder for that).
 */
@NullMarked
package io.lamella.vm.archive;

import org.jspecify.annotations.NullMarked;
