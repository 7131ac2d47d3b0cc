// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A child process that answers each line with a line. Its errors go to our own. Closing it ends it. */
final class Child implements AutoCloseable {
    private final String name;
    private final Process process;
    private final BufferedReader from;
    private final BufferedWriter to;

    Child(String name, List<String> command) {
        this.name = name;
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new BenchException("Cannot start the " + name + ": " + e.getMessage());
        }
        from = process.inputReader(StandardCharsets.UTF_8);
        to = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Waits for the line that says it is ready. */
    void awaitReady() {
        String line = read();
        if (!line.equals("ready")) {
            throw new BenchException("The " + name + " said \"" + line + "\" instead of being ready.");
        }
    }

    /** Sends a line and returns the numbers of the answer. */
    double[] ask(String line) {
        try {
            to.write(line);
            to.newLine();
            to.flush();
        } catch (IOException e) {
            throw new BenchException("The " + name + " is gone: " + e.getMessage());
        }
        String[] words = read().split(" ", -1);
        double[] numbers = new double[words.length];
        for (int i = 0; i < words.length; i++) {
            try {
                numbers[i] = Double.parseDouble(words[i]);
            } catch (NumberFormatException e) {
                throw new BenchException("The " + name + " answered \"" + String.join(" ", words) + "\" to: " + line);
            }
        }
        return numbers;
    }

    private String read() {
        try {
            String line = from.readLine();
            if (line == null) {
                throw new BenchException("The " + name + " ended; its message is above.");
            }
            return line;
        } catch (IOException e) {
            throw new BenchException("The " + name + " is gone: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
