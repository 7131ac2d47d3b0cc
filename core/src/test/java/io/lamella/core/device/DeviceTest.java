// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.GpuGoneException;
import io.lamella.core.testing.RegisterFunction;
import io.lamella.hw.Chip;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceTest {
    private final RegisterFunction function = new RegisterFunction();
    private final Device device = function.device();

    @Test
    void tellsOnesFromAMissingFunction() {
        List<String> reasons = new ArrayList<>();
        device.onGone(reasons::add);
        function.set(0x1400, -1);
        assertThat(device.read(0x1400)).isEqualTo(-1);
        function.pullOut();
        assertThatThrownBy(() -> device.read(0x1404)).isInstanceOf(GpuGoneException.class);
        assertThatThrownBy(() -> device.write(0x1404, 0)).isInstanceOf(GpuGoneException.class);
        assertThatThrownBy(() -> device.configRead(0, 4)).isInstanceOf(GpuGoneException.class);
        assertThat(device.isGone()).isTrue();
        assertThat(reasons).hasSize(1);
    }

    @Test
    void givesUpWaiting() {
        assertThatThrownBy(() -> device.await("do anything", 30, () -> false))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.TIMED_OUT))
                .hasMessage("The GPU did not do anything within 30 ms.");
        function.pullOut();
        assertThatThrownBy(() -> device.await("do anything", 30, () -> false)).isInstanceOf(GpuGoneException.class);
    }

    @Test
    void identifiesChips() {
        function.set(0, 0x192000a1);
        assertThat(Chips.identify(device)).isEqualTo(Chip.AD102);
        function.set(0, 0x1b2000a1);
        assertThat(Chips.identify(device)).isEqualTo(Chip.GB202);
        function.set(0, 0x1a0000a1);
        assertThatThrownBy(() -> Chips.identify(device))
                .hasMessageContaining("0x1a0")
                .hasMessageContaining("AD102");
        function.set(0, 0x192000a1);
        function.set(4, 0x20000);
        assertThatThrownBy(() -> Chips.identify(device)).hasMessageContaining("virtual function");
    }

    @Test
    void switchesVirtualFunctions() {
        assertThat(new SrIov(device).total()).isZero();
        // An SR-IOV capability at 0x100 behind nothing: 32 functions, offset 4, stride 1.
        function.config(0x100, 0x10, 0, 1, 0);
        function.config(0x10c, 32, 0, 32, 0);
        function.config(0x114, 4, 0, 1, 0);
        SrIov srIov = new SrIov(device);
        assertThat(srIov.total()).isEqualTo(32);
        assertThat(srIov.firstOffset()).isEqualTo(4);
        assertThat(srIov.stride()).isEqualTo(1);
        srIov.enable(7);
        assertThat(srIov.enabled()).isEqualTo(7);
        srIov.enable(7);
        assertThatThrownBy(() -> srIov.enable(8)).hasMessageContaining("disable them");
        assertThatThrownBy(() -> srIov.enable(33)).hasMessageContaining("the GPU has 32");
        srIov.enable(0);
        assertThat(srIov.enabled()).isZero();
    }

    @Test
    void undoesInReverseWhateverFails() {
        List<String> order = new ArrayList<>();
        Unwind unwind = new Unwind();
        unwind.add("a", () -> order.add("a"));
        unwind.add("b", () -> {
            order.add("b");
            throw new IllegalStateException("stuck");
        });
        unwind.add("c", () -> order.add("c"));
        unwind.run();
        unwind.run();
        assertThat(order).containsExactly("c", "b", "a");
    }
}
