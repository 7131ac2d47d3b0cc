// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

/**
 * Controls: questions and orders to objects of the resource manager. The number and the structure of the parameters belong to a release;
 * ask {@link GspAbi} for them.
 */
public enum RmControl {
    /** Gives an address space its page directory. */
    DMA_SET_PAGE_DIRECTORY(0x00801813, "NV0080_CTRL_DMA_SET_PAGE_DIRECTORY_PARAMS"),

    /** Takes it away again. */
    DMA_UNSET_PAGE_DIRECTORY(0x00801814, "NV0080_CTRL_DMA_UNSET_PAGE_DIRECTORY_PARAMS"),

    /** Where compression tags are kept. */
    FB_GET_COMPBIT_STORE_INFO(0x00801306, "NV0080_CTRL_FB_GET_COMPBIT_STORE_INFO_PARAMS"),

    /** Engines the GPU has. */
    GPU_GET_ENGINES_V2(0x20800170, "NV2080_CTRL_GPU_GET_ENGINES_V2_PARAMS"),

    /** Granularity in which frame buffer is given to virtual GPUs. */
    GPU_GET_VMMU_SEGMENT_SIZE(0x2080017e, "NV2080_CTRL_GPU_GET_VMMU_SEGMENT_SIZE_PARAMS"),

    /** Gives a channel its context buffers. */
    GPU_PROMOTE_CTX(0x2080012b, "NV2080_CTRL_GPU_PROMOTE_CTX_PARAMS"),

    /** Which GPCs there are. */
    GPU_GET_FERMI_GPC_INFO(0x20800137, "NV2080_CTRL_GPU_GET_FERMI_GPC_INFO_PARAMS"),

    /** Which TPCs a GPC has. */
    GPU_GET_FERMI_TPC_INFO(0x20800138, "NV2080_CTRL_GPU_GET_FERMI_TPC_INFO_PARAMS"),

    /** Falcons that need context buffers. */
    GPU_GET_CONSTRUCTED_FALCON_INFO(0x208001b0, "NV2080_CTRL_GPU_GET_CONSTRUCTED_FALCON_INFO_PARAMS"),

    /** Turns an event on or off. */
    EVENT_SET_NOTIFICATION(0x20800301, "NV2080_CTRL_EVENT_SET_NOTIFICATION_PARAMS"),

    /** Engines and their runlists. */
    FIFO_GET_DEVICE_INFO_TABLE(0x20801112, "NV2080_CTRL_FIFO_GET_DEVICE_INFO_TABLE_PARAMS"),

    /** Geometry of Z culling. */
    GR_GET_ZCULL_INFO(0x20801206, "NV2080_CTRL_GR_GET_ZCULL_INFO_PARAMS"),

    /** Bytes of a channel's fault method buffer. */
    CE_GET_FAULT_METHOD_BUFFER_SIZE(0x20802a08, "NV2080_CTRL_CE_GET_FAULT_METHOD_BUFFER_SIZE_PARAMS"),

    /** How the memory system is set up. */
    INTERNAL_MEMSYS_GET_STATIC_CONFIG(0x20800a1c, "NV2080_CTRL_INTERNAL_MEMSYS_GET_STATIC_CONFIG_PARAMS"),

    /** Sizes of graphics context buffers. */
    INTERNAL_STATIC_KGR_GET_CONTEXT_BUFFERS_INFO(
            0x20800a32, "NV2080_CTRL_INTERNAL_STATIC_GR_GET_CONTEXT_BUFFERS_INFO_PARAMS"),

    /** A work-around in graphics set-up. */
    INTERNAL_KGR_INIT_BUG4208224_WAR(0x20800a46, "NV2080_CTRL_INTERNAL_GR_INIT_BUG4208224_WAR_PARAMS"),

    /** Interrupt vectors by engine. */
    INTERNAL_INTR_GET_KERNEL_TABLE(0x20800a5c, "NV2080_CTRL_INTERNAL_INTR_GET_KERNEL_TABLE_PARAMS"),

    /** Switches compression to raw mode. */
    INTERNAL_MEMSYS_PROGRAM_RAW_COMPRESSION_MODE(
            0x20800a6f, "NV2080_CTRL_INTERNAL_MEMSYS_PROGRAM_RAW_COMPRESSION_MODE_PARAMS"),

    /** Copies or fills memory; see {@link #MEMORY_OP_MEMSET}. */
    INTERNAL_MEMMGR_MEMORY_TRANSFER_WITH_GSP(0x20800afa, "NV2080_CTRL_INTERNAL_MEMMGR_MEMORY_TRANSFER_WITH_GSP_PARAMS"),

    /** Begins saving video memory for a suspend. */
    INTERNAL_FBSR_INIT(0x20800ac2, "NV2080_CTRL_INTERNAL_FBSR_INIT_PARAMS"),

    /** One region to save. */
    INTERNAL_FBSR_SEND_REGION_INFO(0x20800ac3, "NV2080_CTRL_INTERNAL_FBSR_SEND_REGION_INFO_PARAMS"),

    /** Stops or starts active channels. */
    INTERNAL_FIFO_TOGGLE_ACTIVE_CHANNEL_SCHEDULING(
            0x20800ac3, "NV2080_CTRL_CMD_INTERNAL_FIFO_TOGGLE_ACTIVE_CHANNEL_SCHEDULING_PARAMS"),

    /** Whether deep sleep is possible. */
    INTERNAL_GCX_ENTRY_PREREQUISITE(0x2080a7d7, "NV2080_CTRL_INTERNAL_GCX_ENTRY_PREREQUISITE_PARAMS"),

    /** Lets a channel run. */
    GPFIFO_SCHEDULE(0xa06f0103, "NVA06F_CTRL_GPFIFO_SCHEDULE_PARAMS"),

    /** Binds a channel to an engine. */
    CHANNEL_BIND(0xa06f0104, "NVA06F_CTRL_BIND_PARAMS"),

    /** Page directories that the firmware wants in an address space. */
    VASPACE_COPY_SERVER_RESERVED_PDES(0x90f10106, "NV90F1_CTRL_VASPACE_COPY_SERVER_RESERVED_PDES_PARAMS"),

    /** What the display engine has. */
    INTERNAL_DISPLAY_GET_STATIC_INFO(0x20800a01, "NV2080_CTRL_INTERNAL_DISPLAY_GET_STATIC_INFO_PARAMS"),

    /** Where the display's instance memory is. */
    INTERNAL_DISPLAY_WRITE_INST_MEM(0x20800a49, "NV2080_CTRL_INTERNAL_DISPLAY_WRITE_INST_MEM_PARAMS"),

    /** Where a display channel's push buffer is. */
    INTERNAL_DISPLAY_CHANNEL_PUSHBUFFER(0x20800a58, "NV2080_CTRL_INTERNAL_DISPLAY_CHANNEL_PUSHBUFFER_PARAMS"),

    /** Brightness tables. */
    INTERNAL_INIT_BRIGHTC_STATE_LOAD(0x20800ac6, "NV2080_CTRL_INTERNAL_INIT_BRIGHTC_STATE_LOAD_PARAMS"),

    /** Number of heads. */
    SYSTEM_GET_NUM_HEADS(0x00730102, "NV0073_CTRL_SYSTEM_GET_NUM_HEADS_PARAMS"),

    /** Displays that may be connected. */
    SYSTEM_GET_SUPPORTED(0x00730107, "NV0073_CTRL_SYSTEM_GET_SUPPORTED_PARAMS"),

    /** Displays that are connected. */
    SYSTEM_GET_CONNECT_STATE(0x00730108, "NV0073_CTRL_SYSTEM_GET_CONNECT_STATE_PARAMS"),

    /** Display that a head drives. */
    SYSTEM_GET_ACTIVE(0x0073010c, "NV0073_CTRL_SYSTEM_GET_ACTIVE_PARAMS"),

    /** EDID of a display. */
    SPECIFIC_GET_EDID_V2(0x00730245, "NV0073_CTRL_SPECIFIC_GET_EDID_V2_PARAMS"),

    /** Connector of a display. */
    SPECIFIC_GET_CONNECTOR_DATA(0x00730250, "NV0073_CTRL_SPECIFIC_GET_CONNECTOR_DATA_PARAMS"),

    /** Switches HDMI on. */
    SPECIFIC_SET_HDMI_ENABLE(0x00730273, "NV0073_CTRL_SPECIFIC_SET_HDMI_ENABLE_PARAMS"),

    /** Mutes HDMI audio. */
    SPECIFIC_SET_HDMI_AUDIO_MUTESTREAM(0x00730275, "NV0073_CTRL_CMD_SPECIFIC_SET_HDMI_AUDIO_MUTESTREAM_PARAMS"),

    /** Which heads there are. */
    SPECIFIC_GET_ALL_HEAD_MASK(0x00730287, "NV0073_CTRL_SPECIFIC_GET_ALL_HEAD_MASK_PARAMS"),

    /** Sends an info frame. */
    SPECIFIC_SET_OD_PACKET(0x00730288, "NV0073_CTRL_SPECIFIC_SET_OD_PACKET_PARAMS"),

    /** Output of a display. */
    SPECIFIC_OR_GET_INFO(0x0073028b, "NV0073_CTRL_SPECIFIC_OR_GET_INFO_PARAMS"),

    /** Backlight. */
    SPECIFIC_GET_BACKLIGHT_BRIGHTNESS(0x00730291, "NV0073_CTRL_SPECIFIC_BACKLIGHT_BRIGHTNESS_PARAMS"),

    /** Sets the backlight. */
    SPECIFIC_SET_BACKLIGHT_BRIGHTNESS(0x00730292, "NV0073_CTRL_SPECIFIC_BACKLIGHT_BRIGHTNESS_PARAMS"),

    /** What an HDMI sink can do. */
    SPECIFIC_SET_HDMI_SINK_CAPS(0x00730293, "NV0073_CTRL_SPECIFIC_SET_HDMI_SINK_CAPS_PARAMS"),

    /** What a digital display can do. */
    DFP_GET_INFO(0x00731140, "NV0073_CTRL_DFP_GET_INFO_PARAMS"),

    /** What audio a display takes. */
    DFP_SET_ELD_AUDIO_CAPS(0x00731144, "NV0073_CTRL_DFP_SET_ELD_AUDIO_CAP_PARAMS"),

    /** Switches audio on. */
    DFP_SET_AUDIO_ENABLE(0x00731150, "NV0073_CTRL_DFP_SET_AUDIO_ENABLE_PARAMS"),

    /** Gives a display an output. */
    DFP_ASSIGN_SOR(0x00731152, "NV0073_CTRL_DFP_ASSIGN_SOR_PARAMS"),

    /** One transfer on DisplayPort AUX. */
    DP_AUXCH_CTRL(0x00731341, "NV0073_CTRL_DP_AUXCH_CTRL_PARAMS"),

    /** Trains a DisplayPort link. */
    DP_CTRL(0x00731343, "NV0073_CTRL_DP_CTRL_PARAMS"),

    /** Drive settings of DisplayPort lanes. */
    DP_SET_LANE_DATA(0x00731346, "NV0073_CTRL_DP_LANE_DATA_PARAMS"),

    /** Mutes DisplayPort audio. */
    DP_SET_AUDIO_MUTESTREAM(0x00731359, "NV0073_CTRL_DP_SET_AUDIO_MUTESTREAM_PARAMS"),

    /** A display id for a branch. */
    DP_TOPOLOGY_ALLOCATE_DISPLAYID(0x0073135b, "NV0073_CTRL_CMD_DP_TOPOLOGY_ALLOCATE_DISPLAYID_PARAMS"),

    /** Gives it back. */
    DP_TOPOLOGY_FREE_DISPLAYID(0x0073135c, "NV0073_CTRL_CMD_DP_TOPOLOGY_FREE_DISPLAYID_PARAMS"),

    /** Timing of a DisplayPort stream. */
    DP_CONFIG_STREAM(0x00731362, "NV0073_CTRL_CMD_DP_CONFIG_STREAM_PARAMS"),

    /** The driver trains links itself. */
    DP_SET_MANUAL_DISPLAYPORT(0x00731365, "NV0073_CTRL_CMD_DP_SET_MANUAL_DISPLAYPORT_PARAMS"),

    /** What DisplayPort can do. */
    DP_GET_CAPS(0x00731369, "NV0073_CTRL_CMD_DP_GET_CAPS_PARAMS"),

    /** Link rates of a panel. */
    DP_CONFIG_INDEXED_LINK_RATES(0x00731377, "NV0073_CTRL_CMD_DP_CONFIG_INDEXED_LINK_RATES_PARAMS"),

    /** Starts the plugin of one vGPU. */
    VGPU_MGR_BOOTLOAD_PLUGIN_TASK(0x20804001, "NV2080_CTRL_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK_PARAMS"),

    /** Stops it. */
    VGPU_MGR_SHUTDOWN_PLUGIN_TASK(0x20804002, "NV2080_CTRL_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK_PARAMS"),

    /** Tells the firmware the types there are. */
    VGPU_MGR_ADD_VGPU_TYPE(0x20804003, "NV2080_CTRL_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE_PARAMS"),

    /** vGPUs and their guests. */
    VGPU_MGR_ENUMERATE_VGPUS(0x20804004, "NV2080_CTRL_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU_PARAMS"),

    /** Forgets what a guest said of itself. */
    VGPU_MGR_CLEAR_GUEST_VM_INFO(0x20804005, "NV2080_CTRL_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO_PARAMS"),

    /** Frame buffer used by each vGPU. */
    VGPU_MGR_GET_FB_USAGE(0x20804006, "NV2080_CTRL_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE_PARAMS"),

    /** Share of the video encoder. */
    VGPU_MGR_SET_ENCODER_CAPACITY(0x20804007, "NV2080_CTRL_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY_PARAMS"),

    /** Frees what a stopped plugin held. */
    VGPU_MGR_PLUGIN_CLEANUP(0x20804008, "NV2080_CTRL_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP_PARAMS"),

    /** Floor-sweeping as text, for migration. */
    VGPU_MGR_GET_FS_ENCODING(0x20804009, "NV2080_CTRL_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING_PARAMS"),

    /** Whether vGPUs can migrate. */
    VGPU_MGR_GET_MIGRATION_SUPPORT(0x2080400a, "NV2080_CTRL_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT_PARAMS"),

    /** What the manager supports. */
    VGPU_MGR_SET_CONFIG(0x2080400b, "NV2080_CTRL_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG_PARAMS"),

    /** Frees states kept for a vGPU. */
    VGPU_MGR_FREE_STATES(0x2080400c, "NV2080_CTRL_VGPU_MGR_INTERNAL_FREE_STATES_PARAMS"),

    /** Whether frame rates are limited. */
    VGPU_MGR_GET_FRAME_RATE_LIMITER_STATUS(0x2080400d, "NV2080_CTRL_VGPU_MGR_GET_FRAME_RATE_LIMITER_STATUS_PARAMS"),

    /** vGPUs of different sizes on one GPU. */
    VGPU_MGR_SET_HETEROGENEOUS_MODE(0x2080400e, "NV2080_CTRL_VGPU_MGR_INTERNAL_SET_VGPU_HETEROGENEOUS_MODE_PARAMS");

    /** In MEMORY_TRANSFER_WITH_GSP's {@code memop}: copy. */
    public static final int MEMORY_OP_MEMCPY = 0;

    /** In MEMORY_TRANSFER_WITH_GSP's {@code memop}: fill with {@code value}. */
    public static final int MEMORY_OP_MEMSET = 1;

    private final int number;
    private final String params;

    RmControl(int number, String params) {
        this.number = number;
        this.params = params;
    }

    /** Its number in every release that does not say otherwise in its {@link ControlNumbers}. */
    int number() {
        return number;
    }

    /** Its parameters' structure, likewise. */
    String params() {
        return params;
    }
}
