// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import java.util.Arrays;

/** The figures of one measure, a number a round. */
final class Figures {
    private final double[] device;
    private final double[] spread;
    private final double[] yardstick;
    private int rounds;

    Figures(int capacity) {
        device = new double[capacity];
        spread = new double[capacity];
        yardstick = new double[capacity];
    }

    /** One round, in the unit shown; what was not measured is NaN. */
    void add(double deviceFigure, double spreadFigure, double yardstickFigure) {
        device[rounds] = deviceFigure;
        spread[rounds] = spreadFigure;
        yardstick[rounds] = yardstickFigure;
        rounds++;
    }

    double device() {
        return median(device);
    }

    double spread() {
        return median(spread);
    }

    double yardstick() {
        return median(yardstick);
    }

    /** The median of the rounds' own ratios: what disturbs a whole round disturbs both sides. */
    double ratio() {
        double[] ratios = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            ratios[i] = device[i] / yardstick[i];
        }
        return medianOf(ratios);
    }

    private double median(double[] values) {
        return medianOf(Arrays.copyOf(values, rounds));
    }

    private static double medianOf(double[] values) {
        if (values.length == 0) {
            return Double.NaN;
        }
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
