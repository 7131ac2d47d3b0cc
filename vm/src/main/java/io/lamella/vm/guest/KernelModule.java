// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.util.List;

/**
 * One module, ready to load.
 *
 * @param name its name, with underscores
 * @param content the ELF file, unpacked
 * @param dependencies all modules that must be loaded before it, in that order
 */
// The array is written out once and never compared.
@SuppressWarnings("ArrayRecordComponent")
record KernelModule(String name, byte[] content, List<String> dependencies) {}
