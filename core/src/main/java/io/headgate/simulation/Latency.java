package io.headgate.simulation;

import java.time.Duration;
import java.util.SplittableRandom;

/** How long an uncongested provider takes for one call. Immutable. */
public sealed interface Latency {
  /** The longest that any model draws: a heavy tail has no end of its own. */
  Duration LONGEST = Duration.ofHours(1);

  /** Always the same. */
  record Fixed(Duration time) implements Latency {
    /** Checks the bound. */
    public Fixed {
      var _ = Checks.nanos("latency's time", time, Duration.ZERO, LONGEST);
    }
  }

  /**
   * Log-normal, as most services are.
   *
   * @param median half of the calls are faster; above 0
   * @param sigma standard deviation of the logarithm, 0 to 4: 0.5 makes p99 3.2 times the median
   */
  record LogNormal(Duration median, double sigma) implements Latency {
    /** Checks the bounds. */
    public LogNormal {
      var _ = Checks.nanos("latency's median", median, Duration.ofNanos(1), LONGEST);
      Checks.within("latency's sigma", sigma, 0, 4, "use 0.3 to 1 for a usual service");
    }
  }

  /**
   * Pareto: a heavy tail.
   *
   * @param least no call is faster; above 0
   * @param alpha 0.5 to 10; below 2 the variance is infinite, below 1 the mean
   */
  record HeavyTail(Duration least, double alpha) implements Latency {
    /** Checks the bounds. */
    public HeavyTail {
      var _ = Checks.nanos("latency's least", least, Duration.ofNanos(1), LONGEST);
      Checks.within("latency's alpha", alpha, 0.5, 10, "use 1.5 to 3 for a usual tail");
    }
  }

  /**
   * A model that streams: the time to the first token, then tokens at a pace.
   *
   * @param firstToken its median; above 0
   * @param sigma of the first token and of the pace, as in {@link LogNormal}
   * @param tokensPerSecond above 0, at most 10^6
   */
  record Streaming(Duration firstToken, double sigma, double tokensPerSecond) implements Latency {
    /** Checks the bounds. */
    public Streaming {
      var _ = Checks.nanos("latency's firstToken", firstToken, Duration.ofNanos(1), LONGEST);
      Checks.within("latency's sigma", sigma, 0, 4, "use 0.3 to 1 for a usual service");
      checkPace("latency's tokensPerSecond", tokensPerSecond);
    }
  }

  /**
   * A model that reads, and then streams.
   *
   * @param overhead of a call of no tokens; above 0
   * @param sigma of the whole, as in {@link LogNormal}
   * @param inputTokensPerSecond above 0, at most 10^6
   * @param outputTokensPerSecond likewise
   */
  record Reading(
      Duration overhead, double sigma, double inputTokensPerSecond, double outputTokensPerSecond)
      implements Latency {
    /** Checks the bounds. */
    public Reading {
      var _ = Checks.nanos("latency's overhead", overhead, Duration.ofNanos(1), LONGEST);
      Checks.within("latency's sigma", sigma, 0, 4, "use 0.1 to 0.3 for a usual model");
      checkPace("latency's inputTokensPerSecond", inputTokensPerSecond);
      checkPace("latency's outputTokensPerSecond", outputTokensPerSecond);
    }
  }

  private static void checkPace(String name, double tokensPerSecond) {
    Checks.within(
        name, tokensPerSecond, 1e-3, 1e6, "use 20 to 200 for the answers of a usual model");
  }

  /** Draws the time of one call, in nanoseconds. */
  default long drawNs(SplittableRandom random, long inputTokens, long outputTokens) {
    double ns =
        switch (this) {
          case Fixed(Duration time) -> (double) time.toNanos();
          case LogNormal(Duration median, double sigma) ->
              Draw.logNormal(random, (double) median.toNanos(), sigma);
          case HeavyTail(Duration least, double alpha) ->
              Draw.pareto(random, (double) least.toNanos(), alpha);
          case Streaming(Duration first, double sigma, double pace) ->
              Draw.logNormal(
                  random, (double) first.toNanos() + (double) outputTokens * 1e9 / pace, sigma);
          case Reading(Duration overhead, double sigma, double reads, double writes) ->
              Draw.logNormal(
                  random,
                  (double) overhead.toNanos()
                      + 1e9 * ((double) inputTokens / reads + (double) outputTokens / writes),
                  sigma);
        };
    return (long) Math.min((double) LONGEST.toNanos(), ns);
  }
}
