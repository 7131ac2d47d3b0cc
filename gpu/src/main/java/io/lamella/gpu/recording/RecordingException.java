// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import java.io.IOException;

/** A file is no recording, or a damaged one. */
public final class RecordingException extends IOException {
    private static final long serialVersionUID = 1L;

    RecordingException(String sentence) {
        super(sentence);
    }
}
