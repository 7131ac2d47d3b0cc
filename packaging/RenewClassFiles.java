// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Writes the classes of a folder's jars that are older than Java 7 (picocli's are Java 5's) anew, with the stack maps that later class files
 * have. Java puts no class without them into a start-up cache, and needs long to check them. Same input, same bytes; a jar without
 * such classes stays as it is. Run with {@code java RenewClassFiles.java FOLDER}.
 */
final class RenewClassFiles {
    private static final int JAVA_7 = 51;
    /** DOS time, which jars have, knows no zone; this is the earliest that every tool takes. */
    private static final long EPOCH_MILLIS = 315_619_200_000L;

    private RenewClassFiles() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        List<Path> jars = new ArrayList<>();
        try (var all = Files.newDirectoryStream(folder, "*.jar")) {
            all.forEach(jars::add);
        }
        for (Path jar : jars) {
            renew(jar);
        }
    }

    private static void renew(Path jar) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), in.readAllBytes());
            }
        }
        if (entries.entrySet().stream().noneMatch(entry -> isOld(entry.getKey(), entry.getValue()))) {
            return;
        }
        try (URLClassLoader classes = new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
            ClassFile files = ClassFile.of(
                    ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ConstantPoolSharingOption.NEW_POOL,
                    ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)));
            entries.replaceAll((name, bytes) -> isOld(name, bytes) ? renewed(files, bytes) : bytes);
        }
        Path fresh = Files.createTempFile(jar.getParent(), ".renewed-", ".jar");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(fresh))) {
            for (Map.Entry<String, byte[]> one : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(one.getKey());
                entry.setTime(EPOCH_MILLIS);
                out.putNextEntry(entry);
                out.write(one.getValue());
                out.closeEntry();
            }
        }
        Files.setPosixFilePermissions(fresh, Files.getPosixFilePermissions(jar));
        Files.move(fresh, jar, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        System.err.println("renewed the class files of " + jar.getFileName());
    }

    private static boolean isOld(String name, byte[] bytes) {
        return name.endsWith(".class") && bytes.length > 8 && ((bytes[6] & 0xff) << 8 | bytes[7] & 0xff) < JAVA_7;
    }

    private static byte[] renewed(ClassFile files, byte[] bytes) {
        ClassModel old = files.parse(bytes);
        return files.transformClass(
                old,
                ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
                        .andThen(ClassTransform.endHandler(builder -> builder.withVersion(ClassFile.JAVA_25_VERSION, 0))));
    }
}
