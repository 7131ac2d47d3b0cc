// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.check;

import io.lamella.linux.Kvm;
import io.lamella.linux.SharedMemory;
import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.qemu.QemuProvider;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** What has to be tried to be known. */
public interface Probes {
    /** Makes a machine with KVM. @throws LinuxException telling why it cannot */
    void createMachine(Path device);

    /** What QEMU there is for Lamella, without fetching one. */
    QemuProvider.Installed qemu() throws IOException;

    /** Makes and maps a sealed memfd of this size. @throws LinuxException telling why it cannot */
    void shareMemory(long sizeBytes);

    /** Connects to a Unix socket and hangs up. */
    void connect(Path socket) throws IOException;

    /** This host's. */
    static Probes real(Cache cache) {
        return new Probes() {
            @Override
            public void createMachine(Path device) {
                Kvm.createMachine(device);
            }

            @Override
            public QemuProvider.Installed qemu() throws IOException {
                return new QemuProvider(new DebianArchive(cache, Progress.none())).installed();
            }

            @Override
            public void shareMemory(long sizeBytes) {
                try (SharedMemory memory = SharedMemory.create("lamella-doctor", sizeBytes)) {
                    assert memory.sizeBytes() == sizeBytes;
                }
            }

            @Override
            public void connect(Path socket) throws IOException {
                try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                    channel.connect(UnixDomainSocketAddress.of(socket));
                }
            }
        };
    }
}
