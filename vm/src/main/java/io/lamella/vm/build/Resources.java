// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.build;

import java.io.IOException;
import java.io.InputStream;

/** The scripts and the configuration that come with this package. */
final class Resources {
    private Resources() {}

    static byte[] read(String name) throws IOException {
        try (InputStream in = Resources.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + " is missing from this program's own files");
            }
            return in.readAllBytes();
        }
    }
}
