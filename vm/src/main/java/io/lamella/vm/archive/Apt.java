// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import io.lamella.vm.Cache;
import io.lamella.vm.Commands;
import io.lamella.vm.Progress;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A private apt. Its configuration names every folder, so that neither the machine's package lists nor its hooks are
 * used, and it runs as root and as an ordinary user alike. The caller holds the cache's lock.
 */
public final class Apt {
    /** The stable release that the default guests come from. */
    public static final String STABLE = "trixie";

    /** Where newer QEMUs and kernels for the stable release are. */
    public static final String BACKPORTS = "trixie-backports";

    private static final Duration QUICK = Duration.ofMinutes(2);
    private static final Pattern INSTALL_LINE = Pattern.compile("^Inst (\\S+) (?:\\[[^]]*] )?\\((\\S+) .*");
    private static final Pattern URI_LINE = Pattern.compile("^'[^']*' (\\S+) (\\d+) ?(\\S*)$");
    private static final Pattern NETWORK_SETTING = Pattern.compile("^Acquire::(http|https)(::|\\s).*");

    private static final Pattern LISTING_LINE =
            Pattern.compile("^\\s*(\\S+) \\| +(\\S+) \\| \\S+ ([A-Za-z0-9-]+)/main amd64 Packages$");

    private static final Pattern INDEX_DATE =
            Pattern.compile("^Date: \\w{3}, (\\d{1,2} \\w{3} \\d{4}) ", Pattern.MULTILINE);

    private final Path folder;
    private final Path aptGet;
    private final Suites suites;

    Apt(Cache cache, Suites suites) throws IOException {
        this.suites = suites;
        String machine = System.getProperty("os.arch", "");
        if (!machine.equals("amd64")) {
            throw new VmException(
                    "Guests are x86-64 and their QEMU comes as Debian amd64 packages, but this machine is " + machine
                            + ". Put a QEMU of at least 10.1 with vfio-user-pci on PATH and give a kernel by file.");
        }
        aptGet = Commands.find("apt-get")
                .filter(found -> Commands.find("dpkg-deb").isPresent())
                .orElseThrow(() -> new VmException("Packages come from Debian through apt-get and dpkg-deb, and this "
                        + "machine lacks one of them. On Debian or Ubuntu: apt-get install apt dpkg. Elsewhere: put a "
                        + "QEMU of at least 10.1 with vfio-user-pci on PATH and give a kernel by file."));
        folder = cache.folder().resolve(suites.folder());
    }

    /** Whether there are package lists at all, however old. */
    boolean hasLists() {
        return Files.exists(folder.resolve("updated"));
    }

    /** Fetches the package lists if the ones at hand are older than a day. */
    void refresh(Progress progress, Duration maxAge) throws IOException {
        Path stamp = folder.resolve("updated");
        if (Files.exists(stamp)
                && Files.getLastModifiedTime(stamp)
                        .toInstant()
                        .isAfter(Instant.now().minus(maxAge))) {
            return;
        }
        progress.stage("package lists");
        LinkedHashSet<String> mirrors = new LinkedHashSet<>();
        AptSource.debianMirror(AptSource.ofMachine(Path.of("/etc/apt"))).ifPresent(mirrors::add);
        mirrors.add(AptSource.PUBLIC_MIRROR);
        VmException last = null;
        for (String mirror : mirrors) {
            configure(mirror);
            Commands.Output output = run(Duration.ofMinutes(5), "update", "-q", "-o", "APT::Update::Error-Mode=any");
            if (output.exitCode() == 0) {
                Files.writeString(stamp, mirror + "\n");
                return;
            }
            last = new VmException("The package lists of " + String.join(", ", suites.names())
                    + " could not be fetched from " + mirror + ". apt said: " + output.lastWords());
        }
        if (last != null) {
            throw last;
        }
    }

    private void configure(String mirror) throws IOException {
        Path keyring = keyring();
        Files.createDirectories(folder.resolve("lists/partial"));
        Files.createDirectories(folder.resolve("cache/archives/partial"));
        Files.writeString(folder.resolve("status"), "");
        Files.writeString(
                folder.resolve("sources.list"),
                suites.sources(keyring, mirror, AptSource.securityMirror(AptSource.ofMachine(Path.of("/etc/apt")))));
        StringBuilder config = new StringBuilder();
        String base = folder.toString();
        if (base.indexOf('"') >= 0 || base.indexOf(';') >= 0 || base.indexOf('\n') >= 0) {
            throw new VmException("The cache folder's name (" + base
                    + ") holds a character that apt's configuration cannot. Set LAMELLA_CACHE to another folder.");
        }
        setting(config, "Dir::State", base);
        setting(config, "Dir::State::lists", base + "/lists");
        setting(config, "Dir::State::status", base + "/status");
        setting(config, "Dir::State::extended_states", base + "/extended_states");
        setting(config, "Dir::Cache", base + "/cache");
        setting(config, "Dir::Log", base);
        setting(config, "Dir::Etc::sourcelist", base + "/sources.list");
        for (String none : List.of("sourceparts", "preferences", "preferencesparts", "parts", "main")) {
            setting(config, "Dir::Etc::" + none, "/dev/null");
        }
        setting(config, "APT::Architecture", "amd64");
        setting(config, "APT::Architectures", "amd64");
        setting(config, "APT::Get::AllowUnauthenticated", "false");
        setting(config, "Acquire::AllowInsecureRepositories", "false");
        setting(config, "Acquire::Languages", "none");
        setting(config, "Acquire::Retries", "2");
        setting(config, "Acquire::http::Timeout", "30");
        // As root apt would drop to a user who cannot enter a private cache folder.
        setting(config, "APT::Sandbox::User", "root");
        for (String line : machineNetworkSettings()) {
            config.append(line).append('\n');
        }
        Files.writeString(folder.resolve("apt.conf"), config);
    }

    private static void setting(StringBuilder config, String name, String value) {
        config.append(name).append(" \"").append(value).append("\";\n");
    }

    private static Path keyring() throws VmException {
        for (String name : List.of("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")) {
            Path file = Path.of("/usr/share/keyrings", name);
            if (Files.isReadable(file)) {
                return file;
            }
        }
        throw new VmException("Debian's signing keys are missing, so packages could not be verified. "
                + "Run: apt-get install debian-archive-keyring");
    }

    /** The machine's proxy and transport settings, which a private apt needs as much as the system's. */
    private List<String> machineNetworkSettings() throws IOException {
        Path aptConfig = Commands.find("apt-config").orElse(Path.of("/usr/bin/apt-config"));
        if (!Files.isExecutable(aptConfig)) {
            return List.of();
        }
        return Commands.run(folder, Map.of(), QUICK, List.of(aptConfig.toString(), "dump"))
                .text()
                .lines()
                .filter(line -> NETWORK_SETTING.matcher(line).matches() && line.endsWith(";"))
                .filter(line -> !line.contains("::Timeout"))
                .toList();
    }

    /**
     * Everything that these packages need, themselves included, on a system that has nothing.
     *
     * @param suite the suite that wins where both have a package
     * @throws VmException when apt finds no solution
     */
    public List<PinnedPackage> closure(String suite, List<String> names) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("install", "-s", "-qq", "--no-install-recommends", "--no-remove", "-t", suite));
        arguments.addAll(names);
        Commands.Output output = run(QUICK, arguments.toArray(String[]::new));
        if (output.exitCode() != 0) {
            throw new VmException("The Debian archive has no complete set of packages for " + String.join(", ", names)
                    + " today. apt said: " + output.lastWords());
        }
        return parseClosure(output.text());
    }

    static List<PinnedPackage> parseClosure(String text) {
        List<PinnedPackage> pins = new ArrayList<>();
        text.lines().forEach(line -> {
            Matcher matcher = INSTALL_LINE.matcher(line);
            if (matcher.matches()) {
                pins.add(new PinnedPackage(matcher.group(1), matcher.group(2)));
            }
        });
        return pins;
    }

    /** All package names with a prefix. */
    public List<String> names(String prefix) throws IOException {
        Path aptCache = Commands.find("apt-cache").orElse(Path.of("/usr/bin/apt-cache"));
        Commands.Output output =
                Commands.run(folder, environment(), QUICK, List.of(aptCache.toString(), "pkgnames", prefix));
        return output.text().lines().map(String::strip).sorted().toList();
    }

    SortedMap<String, LocalDate> listDates() throws IOException {
        SortedMap<String, LocalDate> dates = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.resolve("lists"), "*_dists_*_InRelease")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String suite = name.substring(name.lastIndexOf("_dists_") + "_dists_".length(), name.lastIndexOf('_'));
                indexDate(Files.readString(file)).ifPresent(date -> dates.put(suite, date));
            }
        }
        return dates;
    }

    /** The day that a suite's signed index was made. */
    static Optional<LocalDate> indexDate(String index) {
        Matcher matcher = INDEX_DATE.matcher(index);
        try {
            return matcher.find()
                    ? Optional.of(LocalDate.parse(
                            matcher.group(1), DateTimeFormatter.ofPattern("d MMM uuuu", Locale.ENGLISH)))
                    : Optional.empty();
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Every version of these packages, and which suite lists it. */
    public List<Listing> listings(List<String> names) throws IOException {
        if (names.isEmpty()) {
            return List.of();
        }
        Path aptCache = Commands.find("apt-cache").orElse(Path.of("/usr/bin/apt-cache"));
        List<String> command = new ArrayList<>(List.of(aptCache.toString(), "madison"));
        command.addAll(names);
        return parseListings(Commands.run(folder, environment(), QUICK, command).text());
    }

    static List<Listing> parseListings(String text) {
        List<Listing> listings = new ArrayList<>();
        text.lines().forEach(line -> {
            Matcher matcher = LISTING_LINE.matcher(line);
            if (matcher.matches()) {
                listings.add(new Listing(matcher.group(1), matcher.group(2), matcher.group(3)));
            }
        });
        return listings;
    }

    List<PackageFile> files(List<PinnedPackage> pins) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("download", "-qq", "--print-uris"));
        pins.forEach(pin -> arguments.add(pin.toString()));
        Commands.Output output = run(QUICK, arguments.toArray(String[]::new));
        List<PackageFile> files = parseUris(output.text());
        if (output.exitCode() != 0 || files.size() != pins.size()) {
            throw new VmException(
                    "The package index does not list every file that is needed. apt said: " + output.lastWords());
        }
        return files;
    }

    static List<PackageFile> parseUris(String text) {
        List<PackageFile> files = new ArrayList<>();
        text.lines().forEach(line -> {
            Matcher matcher = URI_LINE.matcher(line);
            if (matcher.matches()) {
                files.add(new PackageFile(matcher.group(1), Long.parseLong(matcher.group(2)), matcher.group(3)));
            }
        });
        return files;
    }

    /** Downloads into a folder; apt checks each file against the signed index. */
    void download(List<PinnedPackage> pins, Path into, long totalBytes, String stage, Progress progress)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(aptGet.toString(), "download", "-qq"));
        pins.forEach(pin -> command.add(pin.toString()));
        Thread watcher = Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    progress.bytes(stage, folderBytes(into), totalBytes);
                    Thread.sleep(200);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            Commands.Output output = Commands.run(into, environment(), Duration.ofMinutes(30), command);
            if (output.exitCode() != 0) {
                // Lists that are older than the mirror name files that are gone: the next run fetches new lists.
                Files.deleteIfExists(folder.resolve("updated"));
                throw new VmException("Downloading " + stage + " failed. apt said: " + output.lastWords());
            }
        } finally {
            watcher.interrupt();
        }
    }

    private static long folderBytes(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException | java.io.UncheckedIOException e) {
            return 0;
        }
    }

    private Commands.Output run(Duration timeout, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(aptGet.toString()));
        command.addAll(List.of(arguments));
        return Commands.run(folder, environment(), timeout, command);
    }

    private Map<String, String> environment() {
        return Map.of("APT_CONFIG", folder.resolve("apt.conf").toString());
    }
}
