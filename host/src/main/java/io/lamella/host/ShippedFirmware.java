// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.FirmwareSource;
import io.lamella.gpu.firmware.SyntheticFirmware;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The synthetic firmware files that come with the software GPU, of all releases. */
public final class ShippedFirmware {
    private ShippedFirmware() {}

    /** The releases of which there are files, the newest first. */
    public static List<String> releases() {
        return SyntheticFirmware.releases();
    }

    /** The files by the names that linux-firmware gives them. */
    public static FirmwareSource source() {
        Map<String, byte[]> all = new HashMap<>();
        for (String release : SyntheticFirmware.releases()) {
            all.putAll(SyntheticFirmware.files(release));
        }
        return name -> Optional.ofNullable(all.get(name)).map(byte[]::clone);
    }
}
