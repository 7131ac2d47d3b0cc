// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.Cell;
import io.lamella.hw.Loc;
import io.lamella.hw.fsp.FspMessages;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The FSP as its driver reaches it: the memory that both share, through ports that move on by themselves, and two queues that hold one packet each. A
 * packet is taken on the function's tasks; the answer overwrites it.
 */
final class FspUnit {
    private static final int WORD = 4;
    private static final int WORDS = FspMessages.CHANNEL_BYTES / WORD;
    private static final int OFFSET_MASK =
            new Fbif.Ememc(0).withBlock(0xff).withOffset(0x3f).raw();
    private static final int INCREMENT_ON_READ =
            new Fbif.Ememc(0).withAutoIncrementRead(true).raw();
    private static final int INCREMENT_ON_WRITE =
            new Fbif.Ememc(0).withAutoIncrementWrite(true).raw();
    private static final int CORE_REVISION = 6;
    private static final int SECURITY_MODEL = 3;

    private final FalconHost host;
    private final Receiver receiver;
    private final AtomicIntegerArray memory = new AtomicIntegerArray(WORDS);
    private final Cell.Storage commandTail;
    private volatile int commandHead;
    private final Cell.Storage answerHead;
    private final Cell.Storage answerTail;
    private final AtomicBoolean queued = new AtomicBoolean();

    /** Takes packets. */
    interface Receiver {
        /**
         * Answers a packet. On the function's tasks.
         *
         * @param words of the packet, at most {@link FspMessages#CHANNEL_BYTES} bytes; empty if the queue's registers make no sense
         * @return words of the answer
         */
        int[] answer(int[] words);
    }

    FspUnit(FalconHost host, BankBuilder bank, Receiver receiver) {
        this.host = host;
        this.receiver = receiver;
        Loc.Base at = Falcons.FSP.falcon();
        bank.constant(
                Falcon.HWCFG1.in(at),
                new Falcon.Hwcfg1(0)
                        .withCoreRevision(CORE_REVISION)
                        .withSecurityModel(SECURITY_MODEL)
                        .raw());
        bank.constant(Falcon.HWCFG2.in(at), new Falcon.Hwcfg2(0).withRiscv(true).raw());
        for (int i = 0; i < Fbif.EMEMC.count(); i++) {
            Cell.Storage address = bank.storage(Fbif.EMEMC.in(at).at(i));
            bank.port(Fbif.EMEMD.in(at).at(i), () -> read(address), value -> write(address, value));
        }
        commandTail = bank.storage(Fbif.QUEUE_TAIL.in(at).at(0));
        bank.hook(Fbif.QUEUE_HEAD.in(at).at(0), () -> commandHead, this::ring);
        answerHead = bank.storage(Fbif.MSGQ_HEAD.in(at).at(0));
        answerTail = bank.storage(Fbif.MSGQ_TAIL.in(at).at(0));
        for (int i = 1; i < Fbif.QUEUE_HEAD.count(); i++) {
            bank.storage(Fbif.QUEUE_HEAD.in(at).at(i));
            bank.storage(Fbif.QUEUE_TAIL.in(at).at(i));
            bank.storage(Fbif.MSGQ_HEAD.in(at).at(i));
            bank.storage(Fbif.MSGQ_TAIL.in(at).at(i));
        }
    }

    private int read(Cell.Storage address) {
        int port = address.peek();
        int word = (port & OFFSET_MASK) / WORD;
        if ((port & INCREMENT_ON_READ) != 0) {
            advance(address, port);
        }
        return word < WORDS ? memory.get(word) : 0;
    }

    private void write(Cell.Storage address, int value) {
        int port = address.peek();
        int word = (port & OFFSET_MASK) / WORD;
        if (word < WORDS) {
            memory.set(word, value);
        }
        if ((port & INCREMENT_ON_WRITE) != 0) {
            advance(address, port);
        }
    }

    private static void advance(Cell.Storage address, int port) {
        address.set((port & ~OFFSET_MASK) | ((port + WORD) & OFFSET_MASK));
    }

    /** The head was written. A packet that is being answered is finished first; who rings meanwhile has to ring again. */
    private void ring(int head) {
        commandHead = head;
        if (queued.compareAndSet(false, true)) {
            int tail = commandTail.peek();
            try {
                host.tasks().execute(() -> take(head, tail));
            } catch (RejectedExecutionException e) {
                // Too much waits already; the packet stays where it is, and its driver sees that nobody takes it.
                queued.set(false);
            }
        }
    }

    private void take(int head, int tail) {
        int[] answer = receiver.answer(packet(head, tail));
        for (int i = 0; i < answer.length; i++) {
            memory.set(i, answer[i]);
        }
        // Taken: the next one may come. Only then is the answer there, which its driver waits for.
        commandTail.set(commandHead);
        queued.set(false);
        answerHead.set(0);
        answerTail.set((answer.length - 1) * WORD);
    }

    private int[] packet(int head, int tail) {
        boolean sane = head >= 0
                && tail >= head
                && tail <= FspMessages.CHANNEL_BYTES - WORD
                && ((head | tail) & WORD - 1) == 0;
        int[] words = new int[sane ? (tail - head) / WORD + 1 : 0];
        for (int i = 0; i < words.length; i++) {
            words[i] = memory.get(head / WORD + i);
        }
        return words;
    }

    /** The state of power-on. Registers that are plain storage are the bank's to reset; no task may run. */
    void reset() {
        commandHead = 0;
        queued.set(false);
        for (int i = 0; i < WORDS; i++) {
            memory.set(i, 0);
        }
    }
}
