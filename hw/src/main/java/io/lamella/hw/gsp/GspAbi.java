// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import io.lamella.hw.Architecture;
import io.lamella.hw.gsp.r535.R535;
import io.lamella.hw.gsp.r570.R570;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructCatalog;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * One release of the GSP firmware's interface: the same names for each release, with that release's layouts and numbers.
 *
 * <pre>{@code
 * GspAbi abi = GspAbi.ofRelease("570.144");
 * StructField.U32 gfid = abi.control(RmControl.VGPU_MGR_SHUTDOWN_PLUGIN_TASK).u32("gfid");   // once
 * gfid.set(message, paramsBase, 3);                                                          // each time
 * }</pre>
 */
public final class GspAbi {
    /** Release 535.113.01. */
    public static final GspAbi R535 = new GspAbi(new R535());

    /** Release 570.144. */
    public static final GspAbi R570 = new GspAbi(new R570());

    /** The releases that this module knows: a new one is a package below this one and a line here. */
    private static final List<GspAbi> SHIPPED = List.of(R570, R535);

    private static final List<GspAbi> ALL = withProvided(SHIPPED);

    private final GspRelease release;
    private final StructCatalog structs;
    private final EnumMap<RmControl, Integer> numbers = new EnumMap<>(RmControl.class);
    private final EnumMap<RmControl, Struct> params = new EnumMap<>(RmControl.class);
    private final Map<Integer, RmControl> controls = new HashMap<>();

    private GspAbi(GspRelease release) {
        this.release = release;
        this.structs = release.structs();
        ControlNumbers known = release.controls();
        for (RmControl control : RmControl.values()) {
            ControlNumbers.Entry entry = known.of(control);
            if (entry != null) {
                numbers.put(control, entry.number());
                params.put(control, structs.get(entry.params()));
                controls.put(entry.number(), control);
            }
        }
    }

    private static List<GspAbi> withProvided(List<GspAbi> shipped) {
        List<GspAbi> provided = ServiceLoader.load(GspRelease.class, GspAbi.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .map(GspAbi::new)
                .toList();
        return Stream.concat(provided.stream(), shipped.stream()).toList();
    }

    /**
     * Indices of units in the interrupt table; copy engine n is at {@link #COPY_ENGINE_0} + n.
     *
     * @param gsp the GSP
     * @param graphics0 the first graphics engine
     */
    public record McEngines(int gsp, int graphics0) {
        public static final int DISPLAY = 2;
        /** The display's own vector for what cannot wait, on GB20x. */
        public static final int DISPLAY_LOW_LATENCY = 176;

        public static final int COPY_ENGINE_0 = 15;
    }

    /**
     * What the firmware takes of frame buffer on a family of chips; see gsp_fw_heap.h.
     *
     * @param baseHeapBytes of its heap, whatever the size of the frame buffer
     * @param nonWprHeapBytes heap outside of protected memory
     * @param pmuBytes for the power management unit
     */
    public record FirmwareSizes(long baseHeapBytes, long nonWprHeapBytes, long pmuBytes) {}

    /** Releases: provided ones, then those of this module, the newest first. */
    public static List<GspAbi> all() {
        return ALL;
    }

    /**
     * For the parts of structures that are the same in every release, where no one has said yet which release this is: the list that the
     * GSP's mailboxes point at, where the queues are, what the booter is given, and how long messages say that they are.
     */
    public static GspAbi common() {
        return ALL.getFirst();
    }

    /** @throws IllegalArgumentException if the release is not one of these */
    public static GspAbi ofRelease(String release) {
        return ALL.stream()
                .filter(abi -> abi.release().equals(release))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("GSP firmware " + release + " is not known; known are "
                        + String.join(", ", ALL.stream().map(GspAbi::release).toList()) + "."));
    }

    /** The release whose system information has this many bytes: how the firmware's side learns what a driver speaks. */
    public static Optional<GspAbi> ofSystemInfoPayload(long payloadBytes) {
        return ALL.stream()
                .filter(abi -> abi.systemInfo().sizeBytes() == payloadBytes)
                .findFirst();
    }

    /** Such as {@code 570.144}. */
    public String release() {
        return release.name();
    }

    /** A structure by NVIDIA's name, the same name in each release. @throws IllegalArgumentException if there is none */
    public Struct struct(String name) {
        return structs.get(name);
    }

    /** What the FMC is given, on chips that boot through the FSP; empty if the release is older than those. */
    public Optional<Struct> fmcBootParams() {
        return structs.find("GSP_FMC_BOOT_PARAMS");
    }

    /** All structures of the release that are not an older release's. */
    public Collection<Struct> declared() {
        return structs.declared();
    }

    /** Whether the release has the control. */
    public boolean has(RmControl control) {
        return numbers.containsKey(control);
    }

    /** Number of a control. @throws IllegalArgumentException if the release does not have it */
    public int number(RmControl control) {
        Integer number = numbers.get(control);
        if (number == null) {
            throw new IllegalArgumentException("GSP firmware " + release() + " has no control " + control + ".");
        }
        return number;
    }

    /** Parameters of a control. @throws IllegalArgumentException if the release does not have it */
    public Struct control(RmControl control) {
        Struct struct = params.get(control);
        if (struct == null) {
            throw new IllegalArgumentException("GSP firmware " + release() + " has no control " + control + ".");
        }
        return struct;
    }

    /** The control of a number, if it is one that is known here. */
    public Optional<RmControl> controlOf(int number) {
        return Optional.ofNullable(controls.get(number));
    }

    /** Parameters with which an object of a class is allocated, if it has any. */
    public Optional<Struct> allocation(RmClass type) {
        return named(type.params());
    }

    /** Payload of a message from the driver, or its fixed part; empty if it has none or it is not described here. */
    public Optional<Struct> payload(GspFunction function) {
        return named(function.payload());
    }

    /** Payload of a message from the GSP, or its fixed part; empty if it has none or it is not described here. */
    public Optional<Struct> payload(GspEvent event) {
        return named(event.payload());
    }

    private Optional<Struct> named(String name) {
        return name.isEmpty() ? Optional.empty() : Optional.of(structs.get(name));
    }

    /** Payload of GSP_SET_SYSTEM_INFO. */
    public Struct systemInfo() {
        return structs.get("GspSystemInfo");
    }

    /** Payload of GET_GSP_STATIC_INFO. */
    public Struct staticInfo() {
        return structs.get("GspStaticConfigInfo_t");
    }

    /** What RMARGS points at. */
    public Struct arguments() {
        return structs.get("GSP_ARGUMENTS_CACHED");
    }

    /** What the booter is given. */
    public Struct wprMeta() {
        return structs.get("GspFwWprMeta");
    }

    /** What the booter is given to resume. */
    public Struct suspendResumeMeta() {
        return structs.get("GspFwSRMeta");
    }

    /** One entry of the array that the GSP's mailboxes point at. */
    public Struct libosRegion() {
        return structs.get("LibosMemoryRegionInitArgument");
    }

    /** Descriptor in the bootloader's file. */
    public Struct bootloaderDescriptor() {
        return structs.get("RM_RISCV_UCODE_DESC");
    }

    /** Fixed part of GSP_RM_CONTROL's payload; the parameters follow. */
    public Struct controlEnvelope() {
        return structs.get("rpc_gsp_rm_control_v03_00");
    }

    /** Fixed part of GSP_RM_ALLOC's payload; the parameters follow. */
    public Struct allocEnvelope() {
        return structs.get("rpc_gsp_rm_alloc_v03_00");
    }

    /** Payload of FREE. */
    public Struct freeEnvelope() {
        return structs.get("NVOS00_PARAMETERS_v03_00");
    }

    /** Indices of units in the interrupt table. */
    public McEngines mcEngines() {
        return release.mcEngines();
    }

    /** Structures of the host RPC. */
    public StructCatalog hostRpc() {
        return release.hostRpc();
    }

    /** Bytes of the kernel's log in the host RPC, or 0. */
    public int hostRpcKernelLogBytes() {
        return release.hostRpcKernelLogBytes();
    }

    /** Lowest channel id that a driver may use. */
    public int firstChannelId() {
        return release.firstChannelId();
    }

    /** Whether the release has firmware for a family of chips. */
    public boolean boots(Architecture architecture) {
        return release.sizes(architecture).isPresent();
    }

    /** What the firmware takes of frame buffer. @throws IllegalArgumentException if it is not for that family of chips */
    public FirmwareSizes sizes(Architecture architecture) {
        return release.sizes(architecture)
                .orElseThrow(() -> new IllegalArgumentException(
                        "GSP firmware " + release() + " is not for " + architecture + "."));
    }

    /** Part of the firmware's heap that its operating system takes. */
    public long osHeapBytes() {
        return release.osHeapBytes();
    }

    /** The firmware's heap when it is to run the plugins of every virtual function; see gsp_fw_heap.h. */
    public long vgpuHeapBytes() {
        return release.vgpuHeapBytes();
    }

    @Override
    public String toString() {
        return "GSP " + release();
    }
}
