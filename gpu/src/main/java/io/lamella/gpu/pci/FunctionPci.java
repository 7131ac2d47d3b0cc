// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.WindowTarget;
import io.lamella.gpu.intr.InterruptTree;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.hw.reg.Vfn;
import io.lamella.hw.reg.Xve;
import io.lamella.pci.BarLayout;
import io.lamella.pci.ConfigSpace;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import org.jspecify.annotations.Nullable;

/** Configuration space, memory and interrupts of one function. Owned by the serving thread unless a method says otherwise. */
public final class FunctionPci {
    private static final int STATUS_INTERRUPT = 1 << 3;

    /** From the start of their capabilities. */
    private static final int PMCSR = 4;

    private static final int SRIOV_CONTROL = Xve.SRIOV_CONTROL - Xve.SRIOV_CAPABILITY;
    private static final int SRIOV_NUM_VFS = Xve.SRIOV_NUM_VFS - Xve.SRIOV_CAPABILITY;

    private final ConfigLayout layout;
    private final ConfigSpace config;
    private final BarLayout[] bars;
    private final FunctionDma dma = new FunctionDma();
    private final InterruptRouter router = new InterruptRouter();
    private final MsixTable msixTable = new MsixTable(this::apply);
    private final Events events;
    private boolean enabled;

    /** What a write to configuration space can bring about. On the serving thread, after the write. */
    public interface Events {
        /** The driver asked for a function-level reset. */
        void functionLevelReset();

        /** VF Enable or NumVFs may have changed. */
        void virtualFunctionsChanged();
    }

    private FunctionPci(FunctionShape shape, @Nullable SriovShape sriov, Events events) {
        layout = ConfigLayout.of(shape.chip().architecture());
        config = layout.build(shape, sriov);
        bars = ConfigLayout.bars(shape);
        this.events = events;
        config.onWrite(this::written);
        apply();
    }

    /** A PF, with SR-IOV for that many VFs. */
    public static FunctionPci physical(FunctionShape shape, SriovShape sriov, Events events) {
        return new FunctionPci(shape, sriov, events);
    }

    /** A VF with an active vGPU, which its driver takes for a PF without SR-IOV. */
    public static FunctionPci virtual(FunctionShape shape, Events events) {
        return new FunctionPci(shape, null, events);
    }

    public int configSizeBytes() {
        return config.sizeBytes();
    }

    public long readConfig(int offset, int sizeBytes) {
        long value = config.read(offset, sizeBytes);
        int statusByte = ConfigSpace.STATUS - offset;
        if (statusByte >= 0 && statusByte < sizeBytes && router.level()) {
            value |= (long) STATUS_INTERRUPT << (8 * statusByte);
        }
        return value;
    }

    public void writeConfig(int offset, int sizeBytes, long value) {
        config.write(offset, sizeBytes, value);
    }

    private void written(int offset, int sizeBytes) {
        if (config.takeFunctionLevelReset()) {
            events.functionLevelReset();
            return;
        }
        apply();
        int sriov = layout.sriovCapability();
        if (offset < sriov + SRIOV_NUM_VFS + 2 && offset + sizeBytes > sriov + SRIOV_CONTROL) {
            events.virtualFunctionsChanged();
        }
    }

    /** Carries what configuration space says over to the parts that obey it. */
    private void apply() {
        boolean awake = (config.getShort(layout.powerManagementCapability() + PMCSR) & 3) == 0;
        boolean master = awake && config.isBusMaster();
        enabled = awake && config.isMemoryEnabled();
        dma.allow(master);
        router.configure(mode(awake, master), config.isMsixMasked() || msixTable.isMasked());
    }

    private InterruptRouter.Mode mode(boolean awake, boolean master) {
        if (config.isMsixEnabled()) {
            return master ? InterruptRouter.Mode.MSI_X : InterruptRouter.Mode.OFF;
        }
        if (config.isMsiEnabled()) {
            return master ? InterruptRouter.Mode.MSI : InterruptRouter.Mode.OFF;
        }
        return awake && !config.isPinDisabled() ? InterruptRouter.Mode.PIN : InterruptRouter.Mode.OFF;
    }

    /** Whether BARs answer: memory decoding is on and the function is in D0. */
    public boolean isMemoryEnabled() {
        return enabled;
    }

    public BarLayout barLayout(int bar) {
        return bar >= 0 && bar < bars.length ? bars[bar] : BarLayout.ABSENT;
    }

    public static int interruptCount(InterruptKind kind) {
        return switch (kind) {
            case INTX, MSI -> 1;
            case MSI_X -> MsixTable.VECTORS;
        };
    }

    /** How many VFs are switched on. */
    public int enabledVirtualFunctions() {
        return config.isSriovEnabled() ? config.virtualFunctions() : 0;
    }

    /** @throws IllegalStateException if the function is connected already */
    public void connect(DmaSpace space, InterruptSink sink) {
        dma.connect(space);
        router.connect(sink);
    }

    /** New accesses fault and interrupts are dropped; accesses under way are the caller's to wait for. */
    public void disconnect() {
        dma.disconnect();
        router.disconnect();
    }

    public boolean isConnected() {
        return dma.isConnected();
    }

    /** The function's memory. Any thread. */
    public FunctionDma dma() {
        return dma;
    }

    /** Where the interrupt tree's level goes. Any thread. */
    public InterruptTree.Output interruptOutput() {
        return router;
    }

    /** The state of power-on. Memory and interrupts stay connected. */
    public void reset() {
        config.reset();
        msixTable.reset();
        router.reset();
        apply();
    }

    /** Adds the mirror of configuration space and the MSI-X table. */
    public void addRegisters(BankBuilder bank) {
        bank.window(layout.mirror(), new Mirror());
        bank.window(Vfn.MSIX_TABLE, msixTable);
        bank.readOnly(Vfn.MSIX_PBA.name(), Vfn.MSIX_PBA.offset(), () -> router.isPending() ? 1 : 0);
    }

    private final class Mirror implements WindowTarget {
        @Override
        public long read(int offset, int sizeBytes) {
            return readConfig(offset, sizeBytes);
        }

        @Override
        public void write(int offset, int sizeBytes, long value) {
            int rearm = layout.msiRearm();
            if (rearm >= 0 && offset <= rearm && offset + sizeBytes > rearm) {
                router.rearm();
            }
            writeConfig(offset, sizeBytes, value);
        }
    }
}
