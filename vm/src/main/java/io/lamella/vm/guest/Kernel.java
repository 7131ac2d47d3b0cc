// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A kernel to boot.
 *
 * @param release its release, as uname prints it
 * @param image the file that QEMU loads
 * @param modules the folder with its modules ({@code lib/modules/RELEASE}); empty if it has its drivers built in
 * @param key a name that changes when the content does
 */
public record Kernel(String release, Path image, Optional<Path> modules, String key) {}
