package io.headgate.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A model of what stands behind a target: how long it takes, how much it can bear, how it fails.
 * Immutable, changed by copies: {@code ProviderModel.of(latency).capacity(32).errors(0.02)}.
 *
 * @param latency of a call while there is no congestion
 * @param capacity calls that it serves at full speed at once, 1 to 1,000,000
 * @param slowdown by how much a call takes longer for each capacity's worth of calls above it, 0 to
 *     100: with 1 and twice as many calls as it can bear, twice as long
 * @param callsPerMinute at which it answers 429, 1 to 10^9; {@link #NO_LIMIT} for never
 * @param retryAfter what it says with a 429; zero if nothing
 * @param errors the share of calls that fail, evenly by kind, 0 to 1
 * @param hangs the share that never answers, 0 to 1
 * @param deaf the share that does not listen to an interrupt, 0 to 1: the thread is held to the end
 * @param usageMissing the share of answers without usage figures, 0 to 1
 * @param usageWrong the share of answers that report up to twice what was reserved, 0 to 1
 * @param disturbances that come and go
 */
public record ProviderModel(
    Latency latency,
    int capacity,
    double slowdown,
    int callsPerMinute,
    Duration retryAfter,
    double errors,
    double hangs,
    double deaf,
    double usageMissing,
    double usageWrong,
    List<Disturbance> disturbances) {
  /** As {@code callsPerMinute}: it never answers 429. */
  public static final int NO_LIMIT = Integer.MAX_VALUE;

  private static final int MAX_CAPACITY = 1_000_000;

  /** Checks every bound. */
  public ProviderModel {
    Checks.notNull("provider's latency", latency, "use a Latency.LogNormal");
    Checks.within(
        "provider's capacity", capacity, 1, MAX_CAPACITY, "use the calls it can bear at once");
    Checks.within("provider's slowdown", slowdown, 0, 100, "use 0 for none, 1 for a usual queue");
    if (callsPerMinute != NO_LIMIT) {
      Checks.within(
          "provider's callsPerMinute", callsPerMinute, 1, 1_000_000_000, "use NO_LIMIT for none");
    }
    var _ = Checks.nanos("provider's retryAfter", retryAfter, Duration.ZERO, Duration.ofDays(1));
    Checks.share("provider's errors", errors);
    Checks.share("provider's hangs", hangs);
    Checks.share("provider's deaf", deaf);
    Checks.share("provider's usageMissing", usageMissing);
    Checks.share("provider's usageWrong", usageWrong);
    disturbances = List.copyOf(Checks.notNull("disturbances", disturbances, "use List.of()"));
  }

  /** One that never fails and bears everything. */
  public static ProviderModel of(Latency latency) {
    return new ProviderModel(
        latency, MAX_CAPACITY, 0, NO_LIMIT, Duration.ZERO, 0, 0, 0, 0, 0, List.of());
  }

  /** A chat model: first token after half a second, then 80 tokens a second. */
  public static ProviderModel chat() {
    return of(new Latency.Streaming(Duration.ofMillis(500), 0.3, 80));
  }

  /** How many calls it serves at full speed, and by how much it slows down beyond. */
  public ProviderModel capacity(int capacity, double slowdown) {
    return new ProviderModel(
        latency,
        capacity,
        slowdown,
        callsPerMinute,
        retryAfter,
        errors,
        hangs,
        deaf,
        usageMissing,
        usageWrong,
        disturbances);
  }

  /** At how many calls a minute it answers 429, and what it says then. */
  public ProviderModel rateLimit(int callsPerMinute, Duration retryAfter) {
    return new ProviderModel(
        latency,
        capacity,
        slowdown,
        callsPerMinute,
        retryAfter,
        errors,
        hangs,
        deaf,
        usageMissing,
        usageWrong,
        disturbances);
  }

  /** The share of calls that fail. */
  public ProviderModel errors(double errors) {
    return failing(errors, hangs, deaf);
  }

  /** The share of calls that fail, that never answer, and that do not listen to an interrupt. */
  public ProviderModel failing(double errors, double hangs, double deaf) {
    return new ProviderModel(
        latency,
        capacity,
        slowdown,
        callsPerMinute,
        retryAfter,
        errors,
        hangs,
        deaf,
        usageMissing,
        usageWrong,
        disturbances);
  }

  /** The share of answers whose usage figures are missing, and are wrong. */
  public ProviderModel usage(double missing, double wrong) {
    return new ProviderModel(
        latency,
        capacity,
        slowdown,
        callsPerMinute,
        retryAfter,
        errors,
        hangs,
        deaf,
        missing,
        wrong,
        disturbances);
  }

  /** One disturbance more. */
  public ProviderModel during(Disturbance disturbance) {
    List<Disturbance> all = new ArrayList<>(disturbances);
    all.add(disturbance);
    return new ProviderModel(
        latency,
        capacity,
        slowdown,
        callsPerMinute,
        retryAfter,
        errors,
        hangs,
        deaf,
        usageMissing,
        usageWrong,
        all);
  }
}
