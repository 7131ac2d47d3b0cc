// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import io.lamella.daemon.http.Doc;
import io.lamella.host.GpuUse;
import io.lamella.host.node.GpuMode;
import io.lamella.host.node.SchedulerDefinition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The daemon's configuration as it stands in its file. Everything may be left out. */
@Doc("The daemon's configuration. Everything may be left out.")
record DaemonFile(
        @Doc(
                value = "The node's name; the host's name if left out.",
                optional = true,
                maxLength = 63,
                pattern = "[A-Za-z0-9][A-Za-z0-9._-]*")
        @Nullable
        String name,

        @Doc(value = "The GPUs; one L40 named gpu0 if left out.", optional = true, maxItems = 64) @Nullable
        List<Gpu> gpus,

        @Doc(
                value = "What drives the GPUs that do not say: java, the default, or native: and a shared library.",
                optional = true,
                maxLength = 4096,
                pattern = "java|native:.+")
        @Nullable
        String core,

        @Doc(value = "Where the desired state is kept.", optional = true, maxLength = 4096) @Nullable
        String stateDirectory,

        @Doc(value = "Where the vGPUs' sockets are.", optional = true, maxLength = 4096) @Nullable
        String runtimeDirectory,

        @Doc(value = "Who may attach VMs to the vGPUs.", optional = true) @Nullable
        VgpuSockets vgpuSockets,

        @Doc(
                value = "Files with vGPU types beside those that come with Lamella.",
                optional = true,
                maxItems = 64,
                maxLength = 4096)
        @Nullable
        List<String> typeFiles,

        @Doc(value = "GSP firmware files; the synthetic ones if left out.", optional = true, maxLength = 4096) @Nullable
        String firmwareDirectory,

        @Doc(value = "Firmware releases to try, the preferred one first.", optional = true, maxItems = 8) @Nullable
        List<String> firmwareReleases,

        @Doc(value = "How many events are kept for those who ask later.", optional = true, min = 16, max = 1048576)
        @Nullable
        Integer events,

        @Doc(value = "Where the API listens.", optional = true) @Nullable
        Api api) {

    /** A GPU. */
    @Doc("A GPU of the node. What is left out has its default.")
    record Gpu(
            @Doc(value = "By which it is known, such as gpu0.", maxLength = 63)
            String name,

            @Doc(value = "The board, such as L40.", optional = true, maxLength = 63) @Nullable
            String board,

            @Doc(
                    value = "Size of its frame buffer; the board's own if left out.",
                    optional = true,
                    pattern = "[1-9][0-9]{0,6}(MiB|GiB)")
            @Nullable
            String frameBuffer,

            @Doc(value = "Virtual functions that it can have; 32 if left out.", optional = true, min = 1, max = 63)
            @Nullable
            Integer virtualFunctions,

            @Doc(
                    value =
                            "Virtual functions that are enabled at the start; -1, the default, for as many as vGPUs need.",
                    optional = true,
                    min = -1,
                    max = 63)
            @Nullable
            Integer enabledVirtualFunctions,

            @Doc(
                    value = "What drives it: java, or native: and a shared library; the daemon's core if left out.",
                    optional = true,
                    maxLength = 4096,
                    pattern = "java|native:.+")
            @Nullable
            String core,

            @Doc(value = "What it is used for at first: vgpu, the default, drm or passthrough.", optional = true)
            @Nullable
            GpuUse use,

            @Doc(value = "How it is cut at first: equal or mixed.", optional = true) @Nullable
            GpuMode mode,

            @Doc(value = "How its engines are shared at first; best-effort if left out.", optional = true) @Nullable
            SchedulerDefinition scheduler) {}

    /** Who may use the vGPUs' sockets. */
    @Doc("Who may use the vGPUs' sockets. Root always may.")
    record VgpuSockets(
            @Doc(
                    value =
                            "Their permissions, in octal: 0600, the default, for the daemon's user, or 0660 for a group too.",
                    optional = true,
                    pattern = "0?6[06]0")
            @Nullable
            String mode,

            @Doc(
                    value = "The group, with 0660; the daemon's own if left out. The daemon's user must be in it.",
                    optional = true,
                    maxLength = 32)
            @Nullable
            String group) {}

    /** Where the API listens. */
    @Doc("Where the API listens.")
    record Api(
            @Doc(value = "The Unix socket.", optional = true, maxLength = 107) @Nullable
            String socket,

            @Doc(
                    value = "The socket's permissions, in octal; 0660 if left out.",
                    optional = true,
                    pattern = "0?[0-7]{3}")
            @Nullable
            String mode,

            @Doc(value = "The group that the socket is given to.", optional = true, maxLength = 32) @Nullable
            String group,

            @Doc(value = "TCP ports beside it; none if left out.", optional = true, maxItems = 8) @Nullable
            List<Tcp> tcp,

            @Doc(value = "Connections at the same time; 256 if left out.", optional = true, min = 4, max = 65536)
            @Nullable
            Integer connections) {}

    /** A TCP port. */
    @Doc("A TCP port. Beyond 127.0.0.1 and ::1 it must have a token, a certificate and a key.")
    record Tcp(
            @Doc(
                    value = "Address to listen at; 127.0.0.1 if left out.",
                    optional = true,
                    maxLength = 64,
                    pattern = "[0-9a-fA-F.:]+")
            @Nullable
            String address,

            @Doc(value = "The port.", min = 0, max = 65535) int port,

            @Doc(value = "File with the token that requests must carry.", optional = true, maxLength = 4096) @Nullable
            String tokenFile,

            @Doc(value = "PEM file with the certificate and its chain.", optional = true, maxLength = 4096) @Nullable
            String certificateFile,

            @Doc(value = "PEM file with the key, PKCS #8.", optional = true, maxLength = 4096) @Nullable
            String keyFile) {}
}
