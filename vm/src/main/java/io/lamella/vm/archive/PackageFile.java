// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

/**
 * One package file as the signed index describes it.
 *
 * @param fileName the name that apt gives it
 * @param sizeBytes its size
 * @param hash its digest, with the algorithm's name in front
 */
record PackageFile(String fileName, long sizeBytes, String hash) {}
