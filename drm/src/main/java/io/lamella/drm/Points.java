// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of points that a piece of work waits for or signals. All with the device's lock. */
final class Points {
    private static final int MOST = 64;

    private Points() {}

    private static void check(RenderFile file, List<SyncPoint> points) {
        if (points.size() > MOST) {
            throw new CoreException(
                    CoreError.INVALID, points.size() + " points to wait for or to signal; " + MOST + " are the most.");
        }
        for (SyncPoint each : points) {
            if (each.object().file() != file) {
                throw new CoreException(CoreError.NOT_FOUND, "The sync object is another file's.");
            }
            each.object().checkOpen();
        }
    }

    /** @throws CoreException if they cannot be waited for */
    static void checkWaits(RenderFile file, List<SyncPoint> waits) {
        check(file, waits);
        for (SyncPoint wait : waits) {
            if (wait.point() < 0) {
                throw new CoreException(CoreError.INVALID, "No timeline has a point " + wait.point() + ".");
            }
        }
    }

    /** Promises all, or none. @throws CoreException {@code INVALID} */
    static void promise(RenderFile file, List<SyncPoint> signals) {
        check(file, signals);
        List<Runnable> undo = new ArrayList<>();
        try {
            for (SyncPoint signal : signals) {
                long before = signal.object().highest();
                signal.object().promise(signal.point());
                undo.add(() -> signal.object().retract(signal.point(), before));
            }
        } catch (CoreException failure) {
            undo.reversed().forEach(Runnable::run);
            throw failure;
        }
    }

    /** Whether all are here, or cannot come any more. */
    static boolean haveCome(List<SyncPoint> waits) {
        for (SyncPoint wait : waits) {
            if (!wait.object().isOver(wait.point())) {
                return false;
            }
        }
        return true;
    }

    /** Why one of them came with an error, or null. */
    static @Nullable CoreException failureOf(List<SyncPoint> waits) {
        for (SyncPoint wait : waits) {
            try {
                wait.object().checkOpen();
                wait.object().throwFailure(wait.point());
            } catch (CoreException failure) {
                return new CoreException(
                        failure.error(), "What this work waited for did not come: " + failure.getMessage(), failure);
            }
        }
        return null;
    }

    static void complete(List<SyncPoint> signals, @Nullable CoreException why) {
        for (SyncPoint signal : signals) {
            signal.object().complete(signal.point(), why);
        }
    }
}
