// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

/** Ways in which a plugin can be made to fail, to test what a host does then. */
public enum PluginFault {
    /** The boot control is refused. */
    BOOT,
    /** The plugin boots and never says that it has. */
    SILENT_BOOT,
    /** Messages of the host are never answered. */
    SILENT_RPC,
    /** Messages of the host are answered with an error. */
    RPC,
    /** The shutdown control is refused. */
    SHUTDOWN,
    /** The clean-up control is refused, so that nobody may have the vGPU's memory. */
    CLEAN_UP
}
