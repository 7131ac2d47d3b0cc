// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import io.lamella.vfiouser.example.ExampleDeviceServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The example device in a process of its own, which can tell how much heap it has allocated. Ends with its stdin. */
final class BenchServer {
    private BenchServer() {}

    /** The command that starts it on one CPU, with the flags that the launcher gives to every command. */
    static List<String> command(Path floor, int cpu, Path socket) {
        List<String> command = new ArrayList<>(List.of(
                floor.toString(),
                "exec",
                Integer.toString(cpu),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-Xmx512m"));
        String modules = System.getProperty("jdk.module.path");
        if (BenchServer.class.getModule().isNamed() && modules != null) {
            command.addAll(List.of(
                    "--enable-native-access=io.lamella.linux",
                    "--module-path",
                    modules,
                    "--module",
                    "io.lamella.bench/" + BenchServer.class.getName()));
        } else {
            command.addAll(List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "--class-path",
                    System.getProperty("java.class.path"),
                    BenchServer.class.getName()));
        }
        command.add(socket.toString());
        return command;
    }

    public static void main(String[] args) throws IOException {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        ExampleDeviceServer served = ExampleDeviceServer.start(Path.of(args[0]));
        try {
            BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            System.out.println("ready");
            String question = questions.readLine();
            while (question != null) {
                if (question.equals("allocated")) {
                    System.out.println(threads.getTotalThreadAllocatedBytes());
                }
                question = questions.readLine();
            }
        } finally {
            served.close();
        }
    }
}
