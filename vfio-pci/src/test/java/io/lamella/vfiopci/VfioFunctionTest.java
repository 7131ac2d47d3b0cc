// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.DeviceFile;
import io.lamella.linux.EventFd;
import io.lamella.pci.BarLayout;
import io.lamella.pci.InterruptKind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Registers and interrupts, with a plain file as the device's file and this test for the kernel. */
@Timeout(60)
class VfioFunctionTest {
    private static final int PAGE = 4096;
    private static final int MSI = 0x68;
    /** Where BAR 0, BAR 1 and configuration space begin in the file. */
    private static final int BAR0_AT = 0;

    private static final int BAR1_AT = 4 * PAGE;
    private static final int CONFIG_AT = 6 * PAGE;

    @TempDir
    Path folder;

    private Path file;
    private Kernel kernel;
    private DeviceInterrupts interrupts;
    private VfioFunction function;

    /** BAR 0 of four pages, of which the second cannot be mapped; BAR 1 of two, which can only be read and written; four MSIs. */
    private static final class Kernel extends VfioDevice {
        final List<String> calls = new CopyOnWriteArrayList<>();
        final List<EventFd> events = new ArrayList<>();
        private @Nullable EventFd release;

        Kernel(HostDevice host, DeviceFile device) {
            super(host, device, true);
        }

        @Override
        Region region(int index) {
            return switch (index) {
                case 0 ->
                    new Region(4 * PAGE, BAR0_AT, true, true, List.of(new Area(0, PAGE), new Area(2 * PAGE, 2 * PAGE)));
                case 1 -> new Region(2 * PAGE, BAR1_AT, true, true, List.of());
                case Uapi.VFIO_PCI_CONFIG_REGION_INDEX -> new Region(256, CONFIG_AT, true, true, List.of());
                default -> Region.ABSENT;
            };
        }

        @Override
        int interruptCount(int index) {
            return switch (index) {
                case Uapi.VFIO_PCI_INTX_IRQ_INDEX, Uapi.VFIO_PCI_REQ_IRQ_INDEX -> 1;
                case Uapi.VFIO_PCI_MSI_IRQ_INDEX -> 4;
                default -> 0;
            };
        }

        @Override
        synchronized int setInterrupts(int index, List<EventFd> raised) {
            calls.add("set " + index + " " + raised.size());
            if (index == Uapi.VFIO_PCI_REQ_IRQ_INDEX) {
                release = raised.getFirst();
            } else {
                events.clear();
                events.addAll(raised);
            }
            return 0;
        }

        EventFd release() {
            return Objects.requireNonNull(release);
        }

        @Override
        synchronized int disableInterrupts(int index) {
            calls.add("off " + index);
            return 0;
        }

        @Override
        synchronized int unmaskInterrupt(int index) {
            calls.add("unmask " + index);
            return 0;
        }
    }

    @BeforeEach
    void open() throws IOException {
        ByteBuffer content = ByteBuffer.allocate(7 * PAGE).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < CONFIG_AT; i++) {
            content.put(i, (byte) (i * 7 + i / PAGE));
        }
        content.putInt(CONFIG_AT, 0x26b5_10de).put(CONFIG_AT + 0x34, (byte) MSI);
        // BAR 0 takes 32 bits; BAR 1 takes 64 and is prefetchable. A capability of four messages.
        content.putInt(CONFIG_AT + 0x10, 0xe000_0000).putInt(CONFIG_AT + 0x14, 0xd000_000c);
        content.putInt(CONFIG_AT + MSI, 0x0004_0005);
        file = Files.write(folder.resolve("device"), content.array());
        Path sys = Files.createDirectories(folder.resolve("sys"));
        Path device = sys.resolve("bus/pci/devices/0000:01:00.0");
        Files.createDirectories(device.resolve("vfio-dev"));
        Files.createSymbolicLink(device.resolve("iommu_group"), Path.of("/groups/1"));
        kernel = new Kernel(HostDevice.find(sys, folder, "0000:01:00.0"), DeviceFile.open(file));
        interrupts = new DeviceInterrupts(kernel, "test");
        function = new VfioFunction(kernel, interrupts);
    }

    @AfterEach
    void close() {
        interrupts.close();
        function.close();
        kernel.file().close();
    }

    private long inFile(int at, int sizeBytes) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) {
            value = (value << 8) | (bytes[at + i] & 0xff);
        }
        return value;
    }

    @Test
    void describesTheDevice() {
        assertThat(function.readConfig(0, 4)).isEqualTo(0x26b5_10deL);
        assertThat(function.readConfig(2, 2)).isEqualTo(0x26b5);
        assertThat(function.barLayout(0)).isEqualTo(new BarLayout(4 * PAGE, false, false));
        assertThat(function.barLayout(1)).isEqualTo(new BarLayout(2 * PAGE, true, true));
        assertThat(function.barLayout(2)).isEqualTo(BarLayout.ABSENT);
        assertThat(function.barLayout(7)).isEqualTo(BarLayout.ABSENT);
        assertThat(function.configSizeBytes()).isEqualTo(256);
        assertThat(function.interruptCount(InterruptKind.MSI)).isEqualTo(4);
        assertThat(function.isResettable()).isTrue();
    }

    @Test
    void readsAndWritesMappedAndOtherPartsAlike() throws IOException {
        for (int bar = 0; bar < 2; bar++) {
            int begin = bar == 0 ? BAR0_AT : BAR1_AT;
            for (int size : new int[] {1, 2, 4, 8}) {
                // At the borders of what is mapped, aligned and not.
                for (int offset : new int[] {0, 3, 16, PAGE - 4, PAGE - 1, PAGE, PAGE + 8, 2 * PAGE - 8}) {
                    assertThat(function.readBar(bar, offset, size))
                            .as("BAR %d, %d bytes at %d", bar, size, offset)
                            .isEqualTo(inFile(begin + offset, size));
                    long value = (0x8182_8384_8586_8788L + offset) >>> (64 - 8 * size);
                    function.writeBar(bar, offset, size, value);
                    assertThat(inFile(begin + offset, size)).isEqualTo(value);
                }
            }
        }
    }

    @Test
    void beyondTheEndThereAreOnes() throws IOException {
        long before = inFile(BAR1_AT, 8);
        assertThat(function.readBar(0, 4 * PAGE, 4)).isEqualTo(0xffff_ffffL);
        assertThat(function.readBar(0, 4L * PAGE - 2, 4)).isEqualTo(0xffff_0000L | inFile(4 * PAGE - 2, 2));
        assertThat(function.readBar(0, -4, 8)).isEqualTo((inFile(0, 4) << 32) | 0xffff_ffffL);
        assertThat(function.readBar(5, 0, 8)).isEqualTo(-1);
        assertThat(function.readBar(9, 0, 2)).isEqualTo(0xffff);
        assertThat(function.readConfig(256, 1)).isEqualTo(0xff);
        function.writeBar(0, 4L * PAGE - 1, 4, 0xddcc_bbaa);
        assertThat(inFile(4 * PAGE - 1, 1)).isEqualTo(0xaa);
        assertThat(inFile(BAR1_AT, 8)).isEqualTo(before);
        function.writeBar(3, 0, 4, 1);
        function.writeBar(-1, 0, 4, 1);
    }

    @Test
    void runsOfBytes() throws IOException {
        byte[] run = new byte[2 * PAGE + 9];
        function.readBar(0, PAGE - 5, MemorySegment.ofArray(run));
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < run.length; i++) {
            assertThat(run[i]).isEqualTo(bytes[PAGE - 5 + i]);
        }
    }

    /** The kernel takes a mapping away from a device that is switched off; a shorter file does the same to this process. */
    @Test
    void whatIsTakenAwayReadsAsOnes() throws IOException {
        try (RandomAccessFile shorter = new RandomAccessFile(file.toFile(), "rw")) {
            shorter.setLength(2 * PAGE);
        }
        assertThat(function.readBar(0, 3 * PAGE, 4)).isEqualTo(0xffff_ffffL);
        assertThat(function.readBar(0, 3 * PAGE, 8)).isEqualTo(-1);
        function.writeBar(0, 3 * PAGE, 4, 1);
        assertThat(function.readBar(1, 0, 2)).isEqualTo(0xffff);
        assertThat(function.readConfig(0, 4)).isEqualTo(0xffff_ffffL);
        assertThat(function.readBar(0, 0, 4)).isEqualTo(inFile(0, 4));
    }

    @Test
    void interruptsFollowTheDriver() throws InterruptedException {
        LinkedBlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
        interrupts.onInterrupt(heard::add);
        assertThat(kernel.calls).containsExactly("set 4 1", "set 0 1");
        kernel.events.getFirst().signal();
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isZero();
        // Two of the four messages, with the control register written as a whole and as a byte.
        function.writeConfig(MSI + 2, 2, 0x0011);
        assertThat(kernel.events).hasSize(2);
        kernel.events.get(1).signal();
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo(1);
        function.writeConfig(MSI + 2, 1, 0x10);
        function.writeConfig(MSI, 4, 0x0001_0005);
        function.writeConfig(4, 2, 6);
        kernel.events.getFirst().signal();
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isZero();
        assertThat(kernel.calls)
                .containsSubsequence("set 0 1", "off 0", "set 1 2", "off 1", "set 0 1", "off 0", "set 1 1")
                // Somewhere after its handler: the interrupt thread does that.
                .contains("unmask 0");
    }

    @Test
    void aDeviceThatIsAskedForBackIsGone() throws InterruptedException {
        LinkedBlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
        interrupts.onInterrupt(heard::add);
        EventFd release = kernel.release();
        release.signal();
        release.signal();
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isZero();
        assertThat(function.readConfig(0, 4)).isEqualTo(0xffff_ffffL);
        assertThat(function.readBar(0, 0, 2)).isEqualTo(0xffff);
        function.writeBar(0, 0, 4, 1);
    }
}
