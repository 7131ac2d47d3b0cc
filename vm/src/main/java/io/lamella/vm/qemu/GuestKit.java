// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.guest.Busybox;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.Initramfs;
import io.lamella.vm.guest.Kernel;
import io.lamella.vm.guest.KernelProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** From a kernel version to something that boots: the way in for the command line and the tests. */
public final class GuestKit {
    private final Cache cache;
    private final Progress progress;
    private final DebianArchive archive;

    public GuestKit(Cache cache, Progress progress) {
        this.cache = cache;
        this.progress = progress;
        this.archive = new DebianArchive(cache, progress);
    }

    /** Finds or provides QEMU only. */
    public Qemu qemu() throws IOException {
        return new QemuProvider(archive).provide();
    }

    /** Why KVM is not used although it may answer, as an earlier probe since the host's start found out; else empty. */
    public static String knownKvmFailure(Cache cache) throws IOException {
        return KvmProbe.knownFailure(cache);
    }

    /** What works on this host, for a machine that starts with something else than a Debian kernel. */
    public Accelerator accelerator(Qemu qemu, Optional<Path> kernel) throws IOException {
        return new KvmProbe(cache, progress).choose(qemu, kernel);
    }

    /**
     * Prepares a guest with a kernel from Debian.
     *
     * @param kernelVersion such as "6.12" or "7.x"
     * @throws io.lamella.vm.VmException when something cannot be had, with a sentence that says what would help
     */
    public Guest prepare(String kernelVersion, GuestContents contents) throws IOException {
        return prepare(new KernelProvider(archive).provide(kernelVersion), contents);
    }

    /** Prepares a guest with a kernel that is already there. */
    public Guest prepare(Kernel kernel, GuestContents contents) throws IOException {
        Qemu qemu = qemu();
        Busybox busybox = Busybox.provide(archive);
        Accelerator accelerator = new KvmProbe(cache, progress).choose(qemu, Optional.of(kernel.image()));
        return new Guest(qemu, accelerator, kernel, new Initramfs(cache, busybox).build(kernel, contents, progress));
    }
}
