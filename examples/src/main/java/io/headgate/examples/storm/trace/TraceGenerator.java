package io.headgate.examples.storm.trace;

import java.util.ArrayList;
import java.util.SplittableRandom;

/**
 * Makes up a trace of the shape that a code-completion service shows, from a seed.
 *
 * <p>The parameters were fitted to the quantiles of Azure's public trace of 2023; no row of it is
 * in here. Recorded / made: gaps p25 2 / 4 ms, p50 64 / 67, p75 104 / 111, p90 273 / 260, p99 2.2 /
 * 2.2 s, mean 0.39 / 0.39 s; prompts p25 578 / 600, p50 1,469 / 1,360, p90 5,194 / 6,200, max
 * 7,437; answers p50 13 / 13, p90 55 / 53, p99 252 / 216.
 */
public final class TraceGenerator {
  /** The service's context window. */
  static final int MAX_CONTEXT = 7_437;

  static final int MAX_GENERATED = 2_000;

  private TraceGenerator() {}

  /** The same seed and size give the same trace, on every machine. */
  public static Trace generate(long seed, int size) {
    var random = new SplittableRandom(seed);
    var calls = new ArrayList<TraceCall>(size);
    for (int i = 0; i < size; i++) {
      long gapNanos = i == 0 ? 0 : (long) (gapSeconds(random) * 1e9);
      calls.add(new TraceCall(gapNanos, contextTokens(random), generatedTokens(random)));
    }
    return new Trace("built-in generator", calls);
  }

  /** Bursts: a keystroke sends several at once, typing a steady stream, thinking long pauses. */
  private static double gapSeconds(SplittableRandom random) {
    double kind = random.nextDouble();
    if (kind < 0.33) {
      return logNormal(random, 0.0012, 1.8);
    }
    if (kind < 0.83) {
      return logNormal(random, 0.078, 0.38);
    }
    if (kind < 0.988) {
      return logNormal(random, 0.28, 0.6);
    }
    return logNormal(random, 8, 1.5);
  }

  private static int contextTokens(SplittableRandom random) {
    return (int) Math.clamp(logNormal(random, 1_350, 1.2), 3, MAX_CONTEXT);
  }

  private static int generatedTokens(SplittableRandom random) {
    return (int) Math.clamp(5 + logNormal(random, 8, 1.4), 6, MAX_GENERATED);
  }

  private static double logNormal(SplittableRandom random, double median, double sigma) {
    // StrictMath: the same on every machine.
    return median * StrictMath.exp(sigma * random.nextGaussian());
  }
}
