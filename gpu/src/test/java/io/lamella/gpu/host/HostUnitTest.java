// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import static io.lamella.gpu.host.ChannelFixture.methods;
import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.gpu.mmu.PageTables;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.PushBuffer;
import io.lamella.hw.method.Reduction;
import io.lamella.hw.method.Userd;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostUnitTest {
    private static final long AT = ChannelFixture.VIDEO + 0x2340;
    private static final long TIME = 0x1234_5678_9abcL;

    private final ChannelFixture fixture = new ChannelFixture();

    private int word(long address) throws MmuFault {
        return fixture.space.readInt(address, Access.READ);
    }

    private void setWord(long address, int value) throws MmuFault {
        fixture.space.writeInt(address, value, Access.WRITE);
    }

    private static int[] newSemaphore(long address, long payload, int execute) {
        return methods(
                0,
                HostMethod.SEM_ADDR_LO.offset(),
                (int) address,
                HostMethod.SEM_ADDR_HI.offset(),
                (int) (address >>> 32),
                HostMethod.SEM_PAYLOAD_LO.offset(),
                (int) payload,
                HostMethod.SEM_PAYLOAD_HI.offset(),
                (int) (payload >>> 32),
                HostMethod.SEM_EXECUTE.offset(),
                execute);
    }

    private static int[] oldSemaphore(long address, int payload, int word) {
        return methods(
                0,
                HostMethod.SEMAPHOREA.offset(),
                (int) (address >>> 32),
                HostMethod.SEMAPHOREB.offset(),
                (int) address,
                HostMethod.SEMAPHOREC.offset(),
                payload,
                HostMethod.SEMAPHORED.offset(),
                word);
    }

    private void assertFault(int xid, String part) {
        assertThat(fixture.run()).isEqualTo("FAULTED");
        FaultReport report = Objects.requireNonNull(fixture.fault());
        assertThat(report.xid()).isEqualTo(xid);
        assertThat(report.sentence()).contains(part);
        assertThat(report.channelId()).isEqualTo(3);
    }

    @Test
    void releasesOfBothGenerations() throws MmuFault {
        setWord(AT + 4, 7);
        setWord(AT + 8, 7);
        fixture.push(newSemaphore(AT, 0x55, 1 | 1 << 20));
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(word(AT)).isEqualTo(0x55);
        assertThat(word(AT + 4)).isEqualTo(7);
        fixture.push(newSemaphore(AT, 0x1_0000_0056L, 1 | 1 << 24 | 1 << 25));
        fixture.run();
        assertThat(fixture.space.readLong(AT, Access.READ)).isEqualTo(0x1_0000_0056L);
        assertThat(fixture.space.readLong(AT + 8, Access.READ)).isEqualTo(TIME);
        setWord(AT + 8, 9);
        fixture.push(oldSemaphore(AT, 0x77, 2 | 1 << 24));
        fixture.run();
        assertThat(word(AT)).isEqualTo(0x77);
        assertThat(word(AT + 8)).isEqualTo(9);
        fixture.push(oldSemaphore(AT, 0x78, 2));
        fixture.run();
        assertThat(word(AT)).isEqualTo(0x78);
        assertThat(word(AT + 4)).isZero();
        assertThat(fixture.space.readLong(AT + 8, Access.READ)).isEqualTo(TIME);
    }

    @ParameterizedTest
    @CsvSource({
        // operation, payload, memory that does not do, memory that does
        "0, 5, 4, 5",
        "2, 5, 4, 6",
        "3, 2, -1, 3",
        "3, -1, -2, 1",
        "4, 12, 3, 4",
        "5, -16, 15, 7",
    })
    void acquiresOfTheNewGenerationWait(int operation, int payload, int no, int yes) throws MmuFault {
        setWord(AT, no);
        fixture.push(newSemaphore(AT, payload, operation | 1 << 12));
        fixture.push(newSemaphore(AT + 32, 1, 1));
        assertThat(fixture.run()).isEqualTo("WAITING");
        assertThat(fixture.run()).isEqualTo("WAITING");
        assertThat(word(AT + 32)).isZero();
        setWord(AT, yes);
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(word(AT + 32)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 5, 4, 5", "4, 2, -1, 3", "4, -1, -2, 1", "8, 12, 3, 4"})
    void acquiresOfTheOldGenerationWait(int operation, int payload, int no, int yes) throws MmuFault {
        setWord(AT, no);
        fixture.push(oldSemaphore(AT, payload, operation | 1 << 12));
        assertThat(fixture.run()).isEqualTo("WAITING");
        setWord(AT, yes);
        assertThat(fixture.run()).isEqualTo("IDLE");
    }

    @Test
    void acquireOf64Bits() throws MmuFault {
        fixture.space.writeLong(AT, 0x1_0000_0000L, Access.WRITE);
        fixture.push(newSemaphore(AT, 0x2_0000_0000L, 3 | 1 << 24));
        assertThat(fixture.run()).isEqualTo("WAITING");
        fixture.space.writeLong(AT, 0x2_0000_0001L, Access.WRITE);
        assertThat(fixture.run()).isEqualTo("IDLE");
    }

    @Test
    void reductions() throws MmuFault {
        int[][] cases = {
            // operation, signed or not, memory, payload, result
            {0, 0, -3, 2, -3}, {0, 1, -3, 2, 2}, {1, 0, -3, 2, 2}, {1, 1, -3, 2, -3}, {2, 0, 6, 3, 5}, {3, 0, 6, 3, 2},
            {4, 0, 6, 3, 7}, {5, 0, 6, 3, 9}, {6, 0, 6, 7, 7}, {6, 0, 7, 7, 0}, {7, 0, 6, 7, 5}, {7, 0, 0, 7, 7},
            {7, 0, 9, 7, 7},
        };
        for (int[] one : cases) {
            setWord(AT, one[2]);
            fixture.push(newSemaphore(AT, one[3], 6 | one[0] << 27 | one[1] << 31));
            assertThat(fixture.run()).isEqualTo("IDLE");
            assertThat(word(AT))
                    .as("%s of %d and %d", Reduction.of(one[0]), one[2], one[3])
                    .isEqualTo(one[4]);
            setWord(AT, one[2]);
            fixture.push(oldSemaphore(AT, one[3], 16 | 1 << 24 | one[0] << 27 | one[1] << 31));
            fixture.run();
            assertThat(word(AT)).isEqualTo(one[4]);
        }
    }

    @Test
    void everyHeaderForm() throws MmuFault {
        int nonIncrementing = PushBuffer.nonIncrementing(2, HostMethod.SEM_PAYLOAD_LO.offset(), 2);
        int once = PushBuffer.incrementOnce(1, HostMethod.SEM_ADDR_LO.offset(), 2);
        fixture.push(
                0,
                1 << 16,
                PushBuffer.incrementing(0, HostMethod.NOP.offset(), 0),
                once,
                (int) AT,
                (int) (AT >>> 32),
                nonIncrementing,
                1,
                2,
                PushBuffer.incrementing(0, HostMethod.SEM_EXECUTE.offset(), 1),
                1,
                // The older header: method in bits 12:2, count in bits 28:18.
                HostMethod.SEM_PAYLOAD_LO.offset() | 1 << 18,
                9,
                2 << 29 | HostMethod.NON_STALL_INTERRUPT.offset() | 2 << 18,
                0,
                0,
                PushBuffer.immediate(0, HostMethod.WFI.offset(), 0),
                7 << 29,
                -1,
                -1);
        fixture.push(PushBuffer.immediate(0, HostMethod.SEM_EXECUTE.offset(), 1), 0, 0);
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(word(AT)).isEqualTo(9);
        assertThat(fixture.interrupts).containsExactly(0x21, 0x21);
    }

    @Test
    void dataMayGoOnInTheNextSegment() throws MmuFault {
        fixture.push(PushBuffer.incrementing(0, HostMethod.SEM_ADDR_LO.offset(), 5), (int) AT, (int) (AT >>> 32));
        assertThat(fixture.run()).isEqualTo("IDLE");
        fixture.push(3, 0, 1);
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(word(AT)).isEqualTo(3);
    }

    @Test
    void userdShowsHowFarItIs() {
        for (int i = 0; i < ChannelFixture.RING_ENTRIES + 5; i++) {
            fixture.push(0, 0, 0, 0);
            assertThat(fixture.run()).isEqualTo("IDLE");
        }
        assertThat(fixture.userd(Userd.GP_GET)).isEqualTo(5);
        assertThat(fixture.userd(Userd.GP_PUT)).isEqualTo(5);
        int end = 0x5100_0000 + 16 * (ChannelFixture.RING_ENTRIES + 5);
        assertThat(fixture.userd(Userd.GET_LO)).isEqualTo(end);
        assertThat(fixture.userd(Userd.TOP_LEVEL_GET_LO)).isEqualTo(end);
        assertThat(fixture.userd(Userd.TOP_LEVEL_GET_HI)).isEqualTo(1 << 31);
    }

    @Test
    void invalidationsDropTranslations() throws MmuFault {
        fixture.tables.map4k(AT & -4096, PageTables.vramPage(0xf000));
        fixture.push(newSemaphore(AT, 1, 1));
        fixture.run();
        assertThat(fixture.fb.readInt(0xf000 | (AT & 0xfff))).isEqualTo(1);
        fixture.tables.map4k(AT & -4096, PageTables.vramPage(0xb000));
        fixture.push(methods(0, HostMethod.MEM_OP_C.offset(), 1, HostMethod.MEM_OP_D.offset(), 9 << 27));
        fixture.push(newSemaphore(AT, 2, 1));
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(fixture.fb.readInt(0xb000 | (AT & 0xfff))).isEqualTo(2);
    }

    @Test
    void yieldEndsTheTurn() {
        fixture.push(methods(0, HostMethod.YIELD.offset(), 3, HostMethod.NON_STALL_INTERRUPT.offset(), 0));
        assertThat(fixture.turn()).isEqualTo(Channel.Outcome.MORE);
        assertThat(fixture.interrupts).isEmpty();
        assertThat(fixture.turn()).isEqualTo(Channel.Outcome.IDLE);
        assertThat(fixture.interrupts).hasSize(1);
    }

    @Test
    void wrongThingsStopTheChannelWithANumberAndASentence() {
        fixture.push(methods(0, HostMethod.ILLEGAL.offset(), 0));
        assertFault(32, "ILLEGAL");
    }

    @Test
    void aMethodThatHostDoesNotHave() {
        fixture.push(methods(0, 0xf0, 0));
        assertFault(32, "0xf0");
    }

    @Test
    void aSubchannelWithoutObject() {
        fixture.push(methods(5, 0x400, 0));
        assertFault(32, "subchannel 5");
    }

    @Test
    void aClassThatTheEngineDoesNotHave() {
        fixture.push(methods(4, HostMethod.SET_OBJECT.offset(), 0xc997));
        assertFault(40, "0xc997");
    }

    @Test
    void aHeaderThatIsNone() {
        fixture.push(6 << 29);
        assertFault(32, "no header");
    }

    @Test
    void anIndexOutsideOfTheRing() {
        fixture.writeUserd(Userd.GP_PUT, ChannelFixture.RING_ENTRIES);
        assertFault(32, "GP_PUT");
    }

    @Test
    void anUnalignedSemaphore() {
        fixture.push(newSemaphore(AT + 8, 1, 1 | 1 << 25));
        assertFault(32, "multiple of 16");
    }

    @Test
    void anAddressWhereNothingIs() {
        fixture.push(newSemaphore(0x66_6666_6660L, 1, 1));
        assertFault(31, "0x6666666660");
        FaultReport report = Objects.requireNonNull(fixture.fault());
        assertThat(report.address()).isEqualTo(0x66_6666_6660L);
        assertThat(report.faultType()).isEqualTo(2);
    }

    @Test
    void aReadOnlyPage() {
        fixture.push(newSemaphore(ChannelFixture.READ_ONLY, 1, 1));
        assertFault(31, "read-only");
    }

    @Test
    void aPageWithoutAtomics() throws MmuFault {
        fixture.push(newSemaphore(ChannelFixture.NO_ATOMICS, 1, 1));
        assertThat(fixture.run()).isEqualTo("IDLE");
        fixture.push(newSemaphore(ChannelFixture.NO_ATOMICS, 1, 6));
        assertFault(31, "atomic");
    }

    @Test
    void aSparsePageReadsAsZeroAndSwallows() throws MmuFault {
        fixture.push(newSemaphore(ChannelFixture.SPARSE, 1, 1));
        fixture.push(newSemaphore(ChannelFixture.SPARSE, 0, 0));
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(word(ChannelFixture.SPARSE)).isZero();
    }

    @Test
    void privilegedPagesAreForPrivilegedChannels() {
        fixture.push(newSemaphore(ChannelFixture.PRIVILEGED, 1, 1));
        assertThat(fixture.run()).isEqualTo("IDLE");
        ChannelFixture plain = new ChannelFixture(false);
        plain.push(newSemaphore(ChannelFixture.PRIVILEGED, 1, 1));
        assertThat(plain.run()).isEqualTo("FAULTED");
        assertThat(Objects.requireNonNull(plain.fault()).sentence()).contains("privileged");
    }

    @Test
    void aPushBufferThatIsNotThere() {
        fixture.pushEntry(GpFifo.entry(0x7777_0000L, 0x1f_ffff));
        assertFault(31, "0x77770000");
    }

    @Test
    void anAcquireThatWaitsTooLongIsAnErrorWhereTheDriverWantsThat() {
        ChannelSpec spec = fixture.spec(true);
        Channel channel = new Channel(
                fixture.function,
                new ChannelSpec(
                        spec.id(),
                        spec.runlist(),
                        spec.space(),
                        spec.gpFifoAddress(),
                        spec.gpFifoEntries(),
                        spec.userdAddress(),
                        true,
                        true,
                        true));
        fixture.push(newSemaphore(AT, 1, 0));
        long[] now = {0};
        assertThat(channel.run(() -> now[0], 1)).isEqualTo(Channel.Outcome.WAITING);
        now[0] = Channel.ACQUIRE_TIMEOUT_NANOS;
        assertThat(channel.run(() -> now[0], now[0] + 1)).isEqualTo(Channel.Outcome.WAITING);
        now[0]++;
        assertThat(channel.run(() -> now[0], now[0] + 1)).isEqualTo(Channel.Outcome.FAULTED);
        assertThat(Objects.requireNonNull(channel.fault()).sentence()).contains("in time");
    }

    @Test
    void aRingBeginsAtAMultipleOfItsEntries() throws MmuFault {
        ChannelSpec spec = fixture.spec(false);
        Channel crooked = new Channel(
                fixture.function,
                new ChannelSpec(
                        spec.id(),
                        spec.runlist(),
                        spec.space(),
                        spec.gpFifoAddress() | 5,
                        spec.gpFifoEntries(),
                        spec.userdAddress(),
                        false,
                        false,
                        false));
        fixture.push(newSemaphore(AT, 0x55, 1));
        assertThat(crooked.run(System::nanoTime, System.nanoTime() + 1_000_000_000))
                .isEqualTo(Channel.Outcome.IDLE);
        assertThat(word(AT)).isEqualTo(0x55);
    }
}
