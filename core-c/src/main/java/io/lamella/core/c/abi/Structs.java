// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import static io.lamella.core.c.abi.Struct.pointer;
import static io.lamella.core.c.abi.Struct.struct;
import static io.lamella.core.c.abi.Struct.text;
import static io.lamella.core.c.abi.Struct.u32;
import static io.lamella.core.c.abi.Struct.u64;

import io.lamella.core.c.abi.Struct.Member;
import java.util.List;
import java.util.stream.Stream;

/** The structs of {@code lamella_core.h}, in its order. */
public final class Structs {
    public static final Struct ERROR =
            Struct.of("lamella_error", u32("code"), u32("rm_status"), text("sentence", Limits.SENTENCE_BYTES));

    public static final Struct PCI_ADDRESS =
            Struct.of("lamella_pci_address", u32("domain"), u32("bus"), u32("device"), u32("function"));

    public static final Struct DESCRIPTION = Struct.of(
            "lamella_description",
            u32("struct_size"),
            u32("vendor_id"),
            u32("device_id"),
            u32("subsystem_vendor_id"),
            u32("subsystem_id"),
            u32("revision"),
            struct("address", PCI_ADDRESS),
            text("chip", Limits.SHORT_BYTES),
            text("name", Limits.GPU_NAME_BYTES),
            text("firmware_release", Limits.SHORT_BYTES),
            u64("fb_size"),
            u64("usable_fb_offset"),
            u64("usable_fb_size"),
            u64("vmmu_segment_size"),
            u64("bar1_size"),
            u32("channel_ids"),
            u32("host_channel_ids"),
            u32("virtual_functions"),
            u32("engines"));

    public static final Struct VIRTUAL_FUNCTION =
            Struct.of("lamella_virtual_function", u32("index"), u32("gfid"), struct("address", PCI_ADDRESS));

    public static final Struct ENGINE = Struct.of(
            "lamella_engine",
            text("name", Limits.SHORT_BYTES),
            u32("engine_type"),
            u32("runlist_id"),
            u32("non_stall_vector"),
            u32("engine_class"));

    public static final Struct EVENT = Struct.of(
            "lamella_event",
            u32("struct_size"),
            u32("kind"),
            u32("gfid"),
            u32("engine_type"),
            u32("runlist_id"),
            u32("channel_id"),
            u32("exception_type"),
            u32("value"),
            text("text", Limits.REASON_BYTES));

    public static final Struct BAR = Struct.of("lamella_bar", u64("size"), u32("flags"), u32("reserved"));

    public static final Struct DMA = Struct.of("lamella_dma", pointer("memory"), u64("iova"), u64("size"), u64("id"));

    public static final Struct PLATFORM = Struct.of(
            "lamella_platform",
            Stream.concat(
                            Stream.of(u32("abi_version"), u32("struct_size"), pointer("context"), pointer("next")),
                            Stream.of(PlatformFunction.values()).map(function -> pointer(function.cName())))
                    .toArray(Member[]::new));

    public static final Struct OPEN_OPTIONS = Struct.of(
            "lamella_open_options",
            u32("struct_size"),
            u32("host_channels"),
            u32("rpc_timeout_ms"),
            u32("boot_timeout_ms"),
            struct("address", PCI_ADDRESS),
            u32("release_count"),
            u32("reserved"),
            pointer("releases"),
            pointer("spec"));

    public static final Struct ATTACH = Struct.of(
            "lamella_attach",
            u32("struct_size"),
            u32("lowest"),
            u32("highest"),
            u32("reserved"),
            pointer("client"),
            pointer("driver_version"),
            u64("capabilities"),
            pointer("on_event"),
            pointer("event_context"));

    public static final Struct SESSION_INFO = Struct.of(
            "lamella_session_info",
            u32("struct_size"),
            u32("version"),
            u64("session"),
            u64("gpu"),
            u64("capabilities"),
            text("client", Limits.IDENTITY_BYTES),
            text("driver_version", Limits.IDENTITY_BYTES));

    public static final Struct RESOURCE_INFO =
            Struct.of("lamella_resource_info", u32("kind"), u32("held"), text("label", Limits.LABEL_BYTES));

    public static final Struct FB_REQUEST = Struct.of(
            "lamella_fb_request", pointer("label"), u64("size"), u64("offset"), u32("alignment"), u32("position"));

    public static final Struct RANGE = Struct.of("lamella_range", u64("offset"), u64("size"));

    public static final Struct FB_USAGE =
            Struct.of("lamella_fb_usage", u64("usable"), u64("free"), u64("largest_free"), u64("quarantined"));

    public static final Struct RM_OBJECT = Struct.of("lamella_rm_object", u32("handle"), u32("rm_class"));

    public static final Struct RM_ROOTS = Struct.of(
            "lamella_rm_roots",
            struct("client", RM_OBJECT),
            struct("device", RM_OBJECT),
            struct("subdevice", RM_OBJECT));

    public static final Struct RM_FIELD =
            Struct.of("lamella_rm_field", pointer("name"), u64("number"), pointer("bytes"), u32("size"), u32("kind"));

    public static final Struct RM_REQUEST =
            Struct.of("lamella_rm_request", pointer("name"), pointer("fields"), u32("field_count"), u32("reserved"));

    public static final Struct HOST_MEMORY_INFO = Struct.of("lamella_host_memory_info", pointer("memory"), u64("size"));

    public static final Struct CHANNEL_INFO =
            Struct.of("lamella_channel_info", u32("channel_id"), u32("engine"), u32("entries"), u32("reserved"));

    public static final Struct CHANNEL_ERROR = Struct.of(
            "lamella_channel_error",
            u32("present"),
            u32("gfid"),
            u32("engine_type"),
            u32("channel_id"),
            u32("exception_type"),
            u32("reserved"));

    public static final Struct CORE_OPS = Struct.of(
            "lamella_core_ops",
            Stream.concat(
                            Stream.of(u32("abi_version"), u32("struct_size")),
                            Stream.of(CoreFunction.values()).map(function -> pointer(function.cName())))
                    .toArray(Member[]::new));

    private Structs() {}

    /** All of them. */
    public static List<Struct> all() {
        return List.of(
                ERROR,
                PCI_ADDRESS,
                DESCRIPTION,
                VIRTUAL_FUNCTION,
                ENGINE,
                EVENT,
                BAR,
                DMA,
                PLATFORM,
                OPEN_OPTIONS,
                ATTACH,
                SESSION_INFO,
                RESOURCE_INFO,
                FB_REQUEST,
                RANGE,
                FB_USAGE,
                RM_OBJECT,
                RM_ROOTS,
                RM_FIELD,
                RM_REQUEST,
                HOST_MEMORY_INFO,
                CHANNEL_INFO,
                CHANNEL_ERROR,
                CORE_OPS);
    }
}
