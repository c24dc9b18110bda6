package io.headgate.simulation;

import org.jspecify.annotations.Nullable;

/**
 * Swarm testing: each seed draws a configuration, a load, a provider and faults of its own, and is
 * flown three times: as it is, again, and with its timers advanced in a thousand small steps. All
 * three must agree to the bit, and no invariant may break.
 */
final class Swarm {
  private static final int SMALL_STEPS = 1_000;

  /**
   * What became of a seed.
   *
   * @param violation null if it passed
   */
  record Verdict(
      long seed,
      Options options,
      long digest,
      Tally tally,
      World world,
      @Nullable String violation) {}

  private Swarm() {}

  /** Flies a seed with the options that it draws. */
  static Verdict fly(long seed) throws InterruptedException {
    return fly(seed, Options.of(seed));
  }

  /** Flies a seed with these options. */
  static Verdict fly(long seed, Options options) throws InterruptedException {
    Flight first = flight(seed, options, 1);
    Flight.Result result = first.fly();
    String violation = result.violation();
    if (violation == null) {
      Flight.Result again = flight(seed, options, 1).fly();
      Flight.Result stepped = flight(seed, options, SMALL_STEPS).fly();
      if (again.digest() != result.digest()) {
        violation = "flown again, it came to another digest: " + again.violation();
      } else if (stepped.digest() != result.digest()) {
        violation =
            "with its timers in small steps, it came to another digest: " + stepped.violation();
      }
    }
    return new Verdict(seed, options, result.digest(), result.tally(), first.world, violation);
  }

  private static Flight flight(long seed, Options options, int timerSteps) {
    return new Flight(Scenarios.of(options), seed, timerSteps);
  }
}
