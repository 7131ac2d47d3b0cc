// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.Cache;
import io.lamella.vm.Commands;
import io.lamella.vm.Progress;
import io.lamella.vm.VmException;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** Builds the guest's first and only file system, once for each combination of kernel and content. */
public final class Initramfs {
    /** Changes when the same input is to give other bytes than before, so that old files are not used. */
    private static final String RECIPE = "3";

    private static final int MAX_MODULE_BYTES = 64 << 20;

    private final Cache cache;
    private final Busybox busybox;

    public Initramfs(Cache cache, Busybox busybox) {
        this.cache = cache;
        this.busybox = busybox;
    }

    /** Builds the archive, or finds it in the cache, and returns its file. */
    public Path build(Kernel kernel, GuestContents contents, Progress progress) throws IOException {
        byte[] init = initScript();
        Path folder = Files.createDirectories(cache.folder().resolve("guests"));
        Path target = folder.resolve(kernel.release() + "-" + key(kernel, contents, init) + ".cpio");
        if (Files.isRegularFile(target)) {
            return target;
        }
        progress.stage("initramfs for " + kernel.release());
        CpioArchive archive = new CpioArchive();
        for (String name : List.of("bin", "dev", "proc", "sys", "tmp", "root", "sbin", "usr/bin", "usr/sbin", "etc")) {
            archive.directory(name);
        }
        archive.characterDevice("dev/console", 0600, 5, 1);
        archive.file("bin/busybox", 0755, Files.readAllBytes(busybox.program()));
        archive.file("init", 0755, init);
        addModules(archive, kernel, contents.modules());
        archive.file(
                "etc/drivers", 0644, (String.join("\n", contents.modules()) + "\n").getBytes(StandardCharsets.UTF_8));
        contents.firmware().forEach((name, bytes) -> archive.file("lib/firmware/" + name, 0644, bytes));
        contents.files().forEach((name, bytes) -> archive.file(name, 0755, bytes));
        Path fresh = Files.createTempFile(folder, ".tmp-", ".cpio");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(fresh), 1 << 16)) {
                archive.writeTo(out);
            }
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
        return target;
    }

    private void addModules(CpioArchive archive, Kernel kernel, List<String> roots) throws IOException {
        String home = "lib/modules/" + kernel.release();
        StringBuilder dependencies = new StringBuilder();
        List<String> builtIn = roots;
        if (kernel.modules().isPresent()) {
            ModuleTree tree = new ModuleTree(kernel.modules().get(), this::unpack);
            for (KernelModule module : tree.closure(roots)) {
                archive.file(home + "/" + module.name() + ".ko", 0644, module.content());
                dependencies.append(module.name()).append(".ko:");
                // As depmod writes it: everything that is needed, what loads first at the end.
                module.dependencies()
                        .reversed()
                        .forEach(need -> dependencies.append(' ').append(need).append(".ko"));
                dependencies.append('\n');
            }
            builtIn = roots.stream().filter(tree::isBuiltIn).toList();
        }
        archive.file(home + "/modules.dep", 0644, dependencies.toString().getBytes(StandardCharsets.UTF_8));
        archive.file(home + "/modules.alias", 0644, new byte[0]);
        archive.file(home + "/modules.symbols", 0644, new byte[0]);
        // modprobe succeeds for what is in the kernel already.
        StringBuilder inKernel = new StringBuilder();
        builtIn.forEach(name ->
                inKernel.append("kernel/").append(ModuleTree.canonical(name)).append(".ko\n"));
        archive.file(home + "/modules.builtin", 0644, inKernel.toString().getBytes(StandardCharsets.UTF_8));
    }

    private byte[] unpack(Path file) throws IOException {
        String name = file.getFileName().toString();
        if (name.endsWith(".ko")) {
            return Files.readAllBytes(file);
        }
        if (name.endsWith(".gz")) {
            try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
                byte[] bytes = in.readNBytes(MAX_MODULE_BYTES + 1);
                if (bytes.length > MAX_MODULE_BYTES) {
                    throw new VmException("The kernel module " + file + " is larger than 64 MiB when unpacked.");
                }
                return bytes;
            }
        }
        List<String> command = name.endsWith(".xz")
                ? List.of(busybox.program().toString(), "xzcat", file.toString())
                : List.of(zstd(file), "-dcq", file.toString());
        Commands.Output output = Commands.run(cache.folder(), Map.of(), Duration.ofMinutes(1), command);
        if (output.exitCode() != 0) {
            throw new VmException("The kernel module " + file + " cannot be unpacked: "
                    + output.errors().strip());
        }
        return output.bytes();
    }

    private static String zstd(Path file) throws VmException {
        return Commands.find("zstd")
                .orElseThrow(() -> new VmException("The kernel module " + file
                        + " is compressed with zstd, which is not installed. Run: apt-get install zstd"))
                .toString();
    }

    private static byte[] initScript() throws IOException {
        try (InputStream in = Initramfs.class.getResourceAsStream("init.sh")) {
            if (in == null) {
                throw new IOException("init.sh is missing from this program's own files");
            }
            return in.readAllBytes();
        }
    }

    private String key(Kernel kernel, GuestContents contents, byte[] init) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, "recipe", RECIPE.getBytes(StandardCharsets.UTF_8));
            add(digest, "kernel", kernel.key().getBytes(StandardCharsets.UTF_8));
            add(digest, "busybox", busybox.key().getBytes(StandardCharsets.UTF_8));
            add(digest, "init", init);
            add(digest, "modules", String.join(",", contents.modules()).getBytes(StandardCharsets.UTF_8));
            new TreeMap<>(contents.firmware()).forEach((name, bytes) -> add(digest, "firmware " + name, bytes));
            new TreeMap<>(contents.files()).forEach((name, bytes) -> add(digest, "file " + name, bytes));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void add(MessageDigest digest, String name, byte[] bytes) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(8)
                .putInt(nameBytes.length)
                .putInt(bytes.length)
                .array());
        digest.update(nameBytes);
        digest.update(bytes);
    }
}
