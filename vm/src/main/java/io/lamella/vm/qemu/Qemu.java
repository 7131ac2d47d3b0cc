// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.util.List;
import java.util.Map;

/**
 * A QEMU that can be run.
 *
 * @param command the program and the arguments that always come first
 * @param environment variables it needs
 * @param version such as "11.1.3"
 * @param origin where it is from, for people: a path or the name of a package set
 */
public record Qemu(List<String> command, Map<String, String> environment, String version, String origin) {}
