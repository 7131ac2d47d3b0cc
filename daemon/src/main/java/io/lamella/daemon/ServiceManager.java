// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import io.lamella.linux.LinuxException;
import io.lamella.linux.UnixDatagram;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;

/**
 * systemd's side of a service of {@code Type=notify}, as sd_notify(3) and sd_watchdog_enabled(3) describe it. Without systemd every call does
 * nothing.
 */
final class ServiceManager {
    private static final Logger LOG = System.getLogger(ServiceManager.class.getName());

    private final String socket;
    private final long watchdogMillis;

    ServiceManager(Map<String, String> environment, long pid) {
        String said = environment.getOrDefault("NOTIFY_SOCKET", "");
        socket = said.startsWith("/") || said.startsWith("@") ? said : "";
        String forPid = environment.getOrDefault("WATCHDOG_PID", "");
        boolean mine = forPid.isEmpty() || forPid.equals(Long.toString(pid));
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        watchdogMillis = mine && !socket.isEmpty() && micros.matches("[0-9]{1,15}") ? Long.parseLong(micros) / 1000 : 0;
    }

    /** How often systemd wants to hear that all is well, or 0 for never. */
    long watchdogMillis() {
        return watchdogMillis;
    }

    void ready(String status) {
        say("READY=1\nSTATUS=" + status);
    }

    void status(String status) {
        say("STATUS=" + status);
    }

    void stopping() {
        say("STOPPING=1\nSTATUS=Sending VMs away and stopping vGPUs.");
    }

    void alive() {
        say("WATCHDOG=1");
    }

    private void say(String message) {
        if (socket.isEmpty()) {
            return;
        }
        try {
            UnixDatagram.send(socket, message);
        } catch (LinuxException e) {
            LOG.log(Level.DEBUG, "systemd does not listen.", e);
        }
    }
}
