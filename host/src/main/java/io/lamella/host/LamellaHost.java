// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.CoreOptions;
import io.lamella.core.CorePeer;
import io.lamella.core.FirmwareSource;
import io.lamella.core.PciAddress;
import io.lamella.core.c.CoreChoice;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.linux.SocketAccess;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciSlot;
import io.lamella.vfio.SocketAcceptor;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.VgpuOptions;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.type.Board;
import io.lamella.vgpu.type.TypeCatalogue;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A host of vGPUs: software GPUs, each with its driver and its vGPU manager, and a socket for every vGPU. A GPU can also be given to a VM whole;
 * then nothing on the host drives it. The GPUs do not know of each other.
 *
 * <p>All methods may be called from any thread. {@link #close} leaves nothing behind: no socket, descriptor, mapping or thread.
 */
public final class LamellaHost implements AutoCloseable {
    private static final Logger LOG = System.getLogger(LamellaHost.class.getName());

    private final RuntimeDirectory directory;
    private final Builder settings;
    private final HostGpu.Surroundings around;
    private final FirmwareSource firmware;
    private final List<Seat> seats = new ArrayList<>();
    private boolean closed;

    private LamellaHost(RuntimeDirectory directory, Builder settings) {
        this.directory = directory;
        this.settings = settings;
        ServerOptions options =
                settings.access.shared() ? ServerOptions.DEFAULTS.withAnyUser() : ServerOptions.DEFAULTS;
        this.around = new HostGpu.Surroundings(
                directory.path(), new SocketAcceptor(settings.access), options, settings.listener);
        this.firmware = settings.firmware != null ? settings.firmware : ShippedFirmware.source();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Where the sockets are; nobody may enter but those who may connect. */
    public Path runtimeDirectory() {
        return directory.path();
    }

    /** What drives the GPUs, in order. One whose driver is being changed is left out for that moment. */
    public List<GpuUser> users() {
        List<Seat> all;
        synchronized (seats) {
            all = List.copyOf(seats);
        }
        return all.stream().map(Seat::user).filter(Objects::nonNull).toList();
    }

    /** The GPUs that are cut into vGPUs, in order. */
    public List<HostGpu> gpus() {
        return users().stream()
                .filter(HostGpu.class::isInstance)
                .map(HostGpu.class::cast)
                .toList();
    }

    /** The GPU with this name, if it is cut into vGPUs. @throws VgpuException {@code NOT_FOUND} */
    public HostGpu gpu(String name) {
        return gpus().stream()
                .filter(gpu -> gpu.name().equals(name))
                .findFirst()
                .orElseThrow(() -> notFound(name));
    }

    private VgpuException notFound(String name) {
        return new VgpuException(
                Reason.NOT_FOUND,
                "There is no GPU " + name + " for vGPUs; this host has "
                        + users().stream()
                                .map(user -> user.name()
                                        + (user.use() == GpuUse.VGPU
                                                ? ""
                                                : " (" + user.use().text() + ")"))
                                .collect(Collectors.joining(", "))
                        + ".");
    }

    /**
     * Creates a vGPU on the first GPU that takes it.
     *
     * @throws VgpuException the last GPU's refusal, or its failure
     */
    public VfioVgpu create(VgpuSpec spec) {
        VgpuException refusal = new VgpuException(Reason.CLOSED, "This host has no GPU.");
        for (HostGpu gpu : gpus()) {
            try {
                return gpu.create(spec);
            } catch (VgpuException e) {
                refusal = e;
            }
        }
        throw refusal;
    }

    /** Destroys a vGPU; its VM, if there is one, is sent away first. @throws VgpuException {@code NOT_FOUND}, {@code FIRMWARE} */
    public void destroy(UUID uuid) {
        for (HostGpu gpu : gpus()) {
            if (gpu.manager().find(uuid).isPresent()) {
                gpu.destroy(uuid);
                return;
            }
        }
        throw new VgpuException(Reason.NOT_FOUND, "There is no vGPU " + uuid + " on this host.");
    }

    /**
     * Boots one more GPU. Takes a while; several may be added at the same time.
     *
     * @throws VgpuException {@code CLOSED}
     * @throws IllegalArgumentException if there is a GPU of that name, or the settings are not sound
     * @throws io.lamella.core.CoreException if it does not boot
     */
    public HostGpu addGpu(GpuSettings wanted) {
        return (HostGpu) addGpu(wanted, GpuUse.VGPU);
    }

    /**
     * Adds one more GPU in a use of one's choice.
     *
     * @throws VgpuException {@code CLOSED}
     * @throws IllegalArgumentException if there is a GPU of that name, or the settings are not sound
     * @throws io.lamella.core.CoreException if it does not boot
     * @throws io.lamella.linux.LinuxException if its socket cannot be made
     */
    public GpuUser addGpu(GpuSettings wanted, GpuUse use) {
        requireNew(wanted);
        Seat seat = new Seat(wanted);
        try {
            GpuUser user = seat.change(starter(use));
            synchronized (seats) {
                requireNew(wanted);
                seats.add(seat);
            }
            return user;
        } catch (RuntimeException | Error e) {
            seat.close();
            throw e;
        }
    }

    /**
     * Gives a GPU to another use. What it was used for ends first: its VMs are sent away, vGPUs destroyed, the core closed. So ask {@link
     * GpuUser#holders} before. Other GPUs do not notice. If the new use does not start, nobody has the GPU until the next call.
     *
     * @throws VgpuException {@code NOT_FOUND}, {@code CLOSED}
     * @throws io.lamella.core.CoreException if the GPU does not boot
     * @throws io.lamella.linux.LinuxException if its socket cannot be made
     */
    public GpuUser changeUse(String name, GpuUse use) {
        return seat(name).change(starter(use));
    }

    /** @throws MissingModuleException if this installation cannot give a GPU to this use at all */
    public void requireSupport(GpuUse use) {
        Seat.Starter _ = starter(use);
    }

    private Seat.Starter starter(GpuUse use) {
        return switch (use) {
            case VGPU -> this::startVgpus;
            case PASSTHROUGH -> (board, ignored) -> PassthroughGpu.start(board, around);
            case DRM -> {
                if (!hasPeer("drm")) {
                    throw new MissingModuleException(
                            "This installation has no DRM peer (module io.lamella.drm): a GPU is for vGPUs or for"
                                    + " passthrough.");
                }
                yield (board, wanted) -> DrmGpu.start(
                        board, settings.slots, wanted.core(), firmware, coreOptions(wanted), settings.listener);
            }
        };
    }

    private static boolean hasPeer(String name) {
        return ServiceLoader.load(CorePeer.class, CorePeer.class.getClassLoader()).stream()
                .anyMatch(peer -> peer.get().name().equals(name));
    }

    private CoreOptions coreOptions(GpuSettings wanted) {
        return CoreOptions.DEFAULT
                .withPciAddress(wanted.address())
                .withFirmwareReleases(settings.releases.toArray(String[]::new));
    }

    private HostGpu startVgpus(SoftwareGpu board, GpuSettings wanted) {
        board.engines().setPolicy(settings.scheduler.toPolicy());
        return HostGpu.start(
                board,
                settings.slots,
                wanted.core(),
                firmware,
                coreOptions(wanted),
                settings.types,
                settings.vgpuOptions,
                around);
    }

    private void requireNew(GpuSettings wanted) {
        synchronized (seats) {
            if (closed) {
                throw new VgpuException(Reason.CLOSED, "This host is closed.");
            }
            if (seats.stream().anyMatch(seat -> seat.name().equals(wanted.name()))) {
                throw new IllegalArgumentException("There is a GPU " + wanted.name() + " already.");
            }
        }
    }

    private Seat seat(String name) {
        synchronized (seats) {
            return seats.stream()
                    .filter(seat -> seat.name().equals(name))
                    .findFirst()
                    .orElseThrow(
                            () -> new VgpuException(Reason.NOT_FOUND, "There is no GPU " + name + " on this host."));
        }
    }

    /** Takes a GPU away, its VMs first. @throws VgpuException {@code NOT_FOUND} */
    public void removeGpu(String name) {
        Seat seat = seat(name);
        synchronized (seats) {
            seats.remove(seat);
        }
        seat.close();
    }

    /** The host as it is now. */
    public HostReport report() {
        return new HostReport(
                directory.path().toString(),
                gpus().stream().map(HostGpu::report).toList());
    }

    @Override
    public void close() {
        List<Seat> all;
        synchronized (seats) {
            if (closed) {
                return;
            }
            closed = true;
            all = List.copyOf(seats).reversed();
            seats.clear();
        }
        all.forEach(Seat::close);
        try {
            directory.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "The directory " + directory.path() + " could not be removed.", e);
        }
    }

    /** Settings of a host that is to be started. */
    public static final class Builder {
        private int gpuCount = 1;
        private @Nullable Board board;
        private long frameBufferBytes = 48L << 30;
        private int virtualFunctions = 32;
        private @Nullable FirmwareSource firmware;
        private CoreChoice core = CoreChoice.JAVA;
        private List<String> releases = CoreOptions.DEFAULT.firmwareReleases();
        private @Nullable Path directory;
        private SocketAccess access = SocketAccess.OWNER;
        private TypeCatalogue types = TypeCatalogue.shipped();
        private VgpuOptions vgpuOptions = VgpuOptions.DEFAULT;
        private SchedulerSettings scheduler = SchedulerSettings.DEFAULT;
        private HostEvent.Listener listener = HostEvent.Listener.NONE;
        private Function<SoftwareGpu, PciSlot> slots = board -> new LocalSlot(board.physicalFunction());

        private Builder() {}

        /** How many software GPUs to start with; 1 if not set. */
        public Builder gpus(int count) {
            gpuCount = count;
            return this;
        }

        /** The board that each is made as, with its frame buffer and virtual functions unless they are said after this; an L40 if not set. */
        public Builder board(Board wanted) {
            board = wanted;
            frameBufferBytes = wanted.fbBytes();
            virtualFunctions = wanted.virtualFunctions();
            return this;
        }

        /** Frame buffer of each, whole MiB; 48 GiB if not set. Host memory is used only where it is touched. */
        public Builder frameBufferBytes(long bytes) {
            frameBufferBytes = bytes;
            return this;
        }

        /** Virtual functions that each can have, 1 to 63; 32 if not set. */
        public Builder virtualFunctions(int count) {
            virtualFunctions = count;
            return this;
        }

        /** Where GSP firmware files are; the synthetic ones that come with Lamella if not set. */
        public Builder firmware(FirmwareSource source) {
            firmware = source;
            return this;
        }

        /** What drives the GPUs that it starts with; the Java core if not set. */
        public Builder core(CoreChoice choice) {
            core = choice;
            return this;
        }

        /** Firmware releases to try, the preferred one first. */
        public Builder firmwareReleases(String... preferredFirst) {
            releases = List.of(preferredFirst);
            return this;
        }

        /** Where to put sockets; a private directory of the host's own if not set. */
        public Builder runtimeDirectory(Path path) {
            directory = path;
            return this;
        }

        /** Who may connect to the sockets; this user and root if not set. For others the directory must be set too. */
        public Builder socketAccess(SocketAccess who) {
            access = who;
            return this;
        }

        /** The vGPU types; those that come with Lamella if not set. */
        public Builder types(TypeCatalogue catalogue) {
            types = catalogue;
            return this;
        }

        /** How the vGPUs of each GPU share its engines at first; best effort if not set. */
        public Builder scheduler(SchedulerSettings settings) {
            scheduler = settings;
            return this;
        }

        /** Limits of the vGPU managers. */
        public Builder vgpuOptions(VgpuOptions options) {
            vgpuOptions = options;
            return this;
        }

        /** How a board is connected to its driver; inside this process if not set. The slot is closed with the GPU. */
        public Builder slots(Function<SoftwareGpu, PciSlot> connect) {
            slots = connect;
            return this;
        }

        /** Who is told of everything. */
        public Builder listener(HostEvent.Listener who) {
            listener = who;
            return this;
        }

        /**
         * Boots the GPUs.
         *
         * @throws IOException if the directory for sockets cannot be made
         * @throws io.lamella.core.CoreException if a GPU does not boot
         */
        public LamellaHost start() throws IOException {
            if (gpuCount < 0 || gpuCount > 64) {
                throw new IllegalArgumentException("A host has up to 64 GPUs, not " + gpuCount + ".");
            }
            LamellaHost host = new LamellaHost(RuntimeDirectory.open(directory, System.getenv(), access), this);
            try {
                for (int i = 0; i < gpuCount; i++) {
                    host.addGpu(new GpuSettings(
                            "gpu" + i,
                            new PciAddress(0, 1 + i, 0, 0),
                            frameBufferBytes,
                            virtualFunctions,
                            board,
                            core));
                }
                return host;
            } catch (RuntimeException | Error e) {
                host.close();
                throw e;
            }
        }
    }
}
