package io.headgate.simulation;

import org.jspecify.annotations.Nullable;

/**
 * One figure of one arm of an experiment.
 *
 * @param experiment its name
 * @param figure what was measured, with its unit
 * @param arm whose it is: Headgate's, or of what it is compared with
 * @param value the figure
 * @param bar what it is held to, or null if it only stands beside
 */
record ExperimentRow(
    String experiment, String figure, String arm, double value, @Nullable Bar bar) {
  /**
   * What a figure is held to.
   *
   * @param atMost whether it is the largest that is allowed, else the smallest
   */
  record Bar(boolean atMost, double value) {
    static Bar atMost(double value) {
      return new Bar(true, value);
    }

    static Bar atLeast(double value) {
      return new Bar(false, value);
    }

    @Override
    public String toString() {
      return (atMost ? "<= " : ">= ") + value;
    }
  }

  /** Whether it is met; true where there is none. */
  boolean met() {
    return bar == null || (bar.atMost() ? value <= bar.value() : value >= bar.value());
  }
}
