// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * A client of the firmware's resource manager, with a device and a subdevice of the GPU. Objects are scoped by it: freeing the client
 * frees them all.
 */
public interface GspClient extends CoreResource {
    /** The client object itself. */
    RmObject client();

    RmObject device();

    RmObject subdevice();

    /**
     * Runs a control on an object of this client and waits for the answer.
     *
     * @throws RmException if the firmware refuses
     * @throws CoreException {@code NOT_SUPPORTED} for a control or field that the release does not have, {@code INVALID} for a value that
     *     does not fit, {@code TIMED_OUT}, {@code DEVICE_FAULT} for an answer that makes no sense
     */
    RmReply control(RmObject object, RmRequest request);

    /**
     * Creates an object.
     *
     * @param parent the device for most
     * @param parameters named after the class
     * @throws RmException if the firmware refuses
     */
    RmObject allocate(RmObject parent, RmRequest parameters);

    /** Frees an object and all below it. */
    void free(RmObject object);

    /** Whether the running release knows a control (or class) with that field; of the control itself if {@code field} is empty. */
    boolean hasField(String control, String field);
}
