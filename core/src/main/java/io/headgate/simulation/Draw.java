package io.headgate.simulation;

import java.util.SplittableRandom;

/** Distributions, exact to the bit on every machine: {@code StrictMath} only. */
final class Draw {
  private Draw() {}

  /** A standard normal, by Box and Muller. */
  static double normal(SplittableRandom random) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
  }

  /** Log-normal with this median; sigma is the standard deviation of its logarithm. */
  static double logNormal(SplittableRandom random, double median, double sigma) {
    return sigma == 0 ? median : median * StrictMath.exp(sigma * normal(random));
  }

  /** Pareto: at least {@code least}; the tail is the heavier the smaller alpha. */
  static double pareto(SplittableRandom random, double least, double alpha) {
    return least / StrictMath.pow(1 - random.nextDouble(), 1 / alpha);
  }

  /** The gap to the next event of a Poisson process with this mean gap. */
  static double exponential(SplittableRandom random, double mean) {
    return -mean * StrictMath.log(1 - random.nextDouble());
  }

  static boolean happens(SplittableRandom random, double share) {
    return share > 0 && random.nextDouble() < share;
  }
}
