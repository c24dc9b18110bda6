package io.headgate.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A model of what stands behind a target: how long it takes, how much it can bear, how it fails.
 * Immutable, changed by copies: {@code ProviderModel.of(latency).capacity(32, 1).errors(0.02)}.
 *
 * @param latency of a call while there is no congestion
 * @param capacity how much it can bear
 * @param rateLimit at which it answers 429
 * @param failures of calls
 * @param usage figures that it reports
 * @param disturbances that come and go
 */
public record ProviderModel(
    Latency latency,
    Capacity capacity,
    RateLimit rateLimit,
    Failures failures,
    Usage usage,
    List<Disturbance> disturbances) {

  /**
   * How much it can bear.
   *
   * @param calls that it serves at full speed at once, 1 to 1,000,000
   * @param slowdown by how much a call takes longer for each capacity's worth of calls above it, 0
   *     to 100: with 1 and twice as many calls as it can bear, twice as long
   */
  public record Capacity(int calls, double slowdown) {
    private static final int MAX = 1_000_000;

    /** It bears everything. */
    public static final Capacity UNLIMITED = new Capacity(MAX, 0);

    /** Checks every bound. */
    public Capacity {
      Checks.within("provider's capacity", calls, 1, MAX, "use the calls it can bear at once");
      Checks.within("provider's slowdown", slowdown, 0, 100, "use 0 for none, 1 for a usual queue");
    }
  }

  /**
   * Which calls fail.
   *
   * @param errors the share of calls that fail, evenly by kind, 0 to 1
   * @param hangs the share that never answers, 0 to 1
   * @param deaf the share that does not listen to an interrupt, 0 to 1: the thread is held to the
   *     end
   */
  public record Failures(double errors, double hangs, double deaf) {
    /** No call fails. */
    public static final Failures NONE = new Failures(0, 0, 0);

    /** Checks every bound. */
    public Failures {
      Checks.share("provider's errors", errors);
      Checks.share("provider's hangs", hangs);
      Checks.share("provider's deaf", deaf);
    }
  }

  /**
   * What is wrong with the usage figures that it reports.
   *
   * @param missing the share of answers without them, 0 to 1
   * @param wrong the share of answers with ones that are up to twice what was reserved, and now and
   *     then twenty times, 0 to 1
   */
  public record Usage(double missing, double wrong) {
    /** Every answer has the right ones. */
    public static final Usage RIGHT = new Usage(0, 0);

    /** Checks every bound. */
    public Usage {
      Checks.share("provider's missing usage", missing);
      Checks.share("provider's wrong usage", wrong);
    }
  }

  /** Checks that all is there. */
  public ProviderModel {
    Checks.notNull("provider's latency", latency, "use a Latency.LogNormal");
    Checks.notNull("provider's capacity", capacity, "use Capacity.UNLIMITED");
    Checks.notNull("provider's rateLimit", rateLimit, "use RateLimit.NONE");
    Checks.notNull("provider's failures", failures, "use Failures.NONE");
    Checks.notNull("provider's usage", usage, "use Usage.RIGHT");
    disturbances =
        List.copyOf(Checks.notNull("provider's disturbances", disturbances, "use List.of()"));
  }

  /** One that never fails and bears everything. */
  public static ProviderModel of(Latency latency) {
    return new ProviderModel(
        latency, Capacity.UNLIMITED, RateLimit.NONE, Failures.NONE, Usage.RIGHT, List.of());
  }

  /** A chat model: first token after half a second, then 80 tokens a second. */
  public static ProviderModel chat() {
    return of(new Latency.Streaming(Duration.ofMillis(500), 0.3, 80));
  }

  /** How many calls it serves at full speed, and by how much it slows down beyond. */
  public ProviderModel capacity(int calls, double slowdown) {
    return new ProviderModel(
        latency, new Capacity(calls, slowdown), rateLimit, failures, usage, disturbances);
  }

  /** At how many calls in a minute it answers 429, and what it says then. */
  public ProviderModel rateLimit(int callsPerMinute, Duration retryAfter) {
    return rateLimit(RateLimit.calls(callsPerMinute).retryAfter(retryAfter));
  }

  /** When it answers 429. */
  public ProviderModel rateLimit(RateLimit rateLimit) {
    return new ProviderModel(latency, capacity, rateLimit, failures, usage, disturbances);
  }

  /** The share of calls that fail. */
  public ProviderModel errors(double errors) {
    return failing(errors, failures.hangs, failures.deaf);
  }

  /** The share of calls that fail, that never answer, and that do not listen to an interrupt. */
  public ProviderModel failing(double errors, double hangs, double deaf) {
    return new ProviderModel(
        latency, capacity, rateLimit, new Failures(errors, hangs, deaf), usage, disturbances);
  }

  /** The share of answers whose usage figures are missing, and are wrong. */
  public ProviderModel usage(double missing, double wrong) {
    return new ProviderModel(
        latency, capacity, rateLimit, failures, new Usage(missing, wrong), disturbances);
  }

  /**
   * The same with nothing wrong: it answers in this time, never fails, and reports what was used.
   */
  ProviderModel calm(Latency latency) {
    return of(latency).capacity(capacity.calls, capacity.slowdown);
  }

  /** One disturbance more. */
  public ProviderModel during(Disturbance disturbance) {
    List<Disturbance> all = new ArrayList<>(disturbances);
    all.add(disturbance);
    return new ProviderModel(latency, capacity, rateLimit, failures, usage, all);
  }
}
