// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.ce.CopyEngines;
import io.lamella.gpu.port.Vectors;
import io.lamella.hw.Architecture;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.HostMethod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each copy engine interrupts by its own vector, whichever way a program asks for it. */
class NonStallVectorTest {
    private static final int BLOCKING = 1 << 5;
    private static final int NON_BLOCKING = 2 << 5;

    private final ChannelFixture fixture = new ChannelFixture();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void everyFormRaisesTheEnginesVectorOnce(int engine) {
        ChannelSpec like = fixture.spec(true);
        Channel channel = new Channel(
                fixture.function,
                new ChannelSpec(
                        7,
                        CopyEngines.runlists(Architecture.ADA).get(engine),
                        like.space(),
                        like.gpFifoAddress(),
                        like.gpFifoEntries(),
                        like.userdAddress(),
                        true,
                        true,
                        false));
        int[][] forms = {
            {CopyMethod.LAUNCH_DMA.offset(), BLOCKING},
            {CopyMethod.LAUNCH_DMA.offset(), NON_BLOCKING},
            {HostMethod.NON_STALL_INTERRUPT.offset(), 0}
        };
        for (int i = 0; i < forms.length; i++) {
            fixture.push(ChannelFixture.methods(
                    4, HostMethod.SET_OBJECT.offset(), CopyMethod.CLASS_ID, forms[i][0], forms[i][1]));
            Channel.Outcome outcome = Channel.Outcome.MORE;
            while (outcome == Channel.Outcome.MORE) {
                outcome = channel.run(System::nanoTime, System.nanoTime() + 1_000_000);
            }
            assertThat(outcome).isEqualTo(Channel.Outcome.IDLE);
            assertThat(fixture.interrupts).hasSize(i + 1).containsOnly(Vectors.CE0_NON_STALL + engine);
        }
    }
}
