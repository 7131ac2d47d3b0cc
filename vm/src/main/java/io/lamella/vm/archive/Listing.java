// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

/**
 * A package as a suite lists it.
 *
 * @param name the package
 * @param version the package's version, not what is in it
 * @param suite the suite, such as "trixie-backports"
 */
public record Listing(String name, String version, String suite) {}
