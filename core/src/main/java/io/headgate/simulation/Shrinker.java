package io.headgate.simulation;

import java.util.List;

/** Makes the options of a failing seed as few and as small as it still fails with. */
final class Shrinker {
  private static final int MAX_FLIGHTS = 2_000;

  private final long seed;
  private int flights;
  private Swarm.Verdict smallest;

  private Shrinker(Swarm.Verdict failed) {
    seed = failed.seed();
    smallest = failed;
  }

  /** The same seed with fewer options, which fails too. */
  static Swarm.Verdict shrink(Swarm.Verdict failed) throws InterruptedException {
    return new Shrinker(failed).shrink();
  }

  private Swarm.Verdict shrink() throws InterruptedException {
    boolean smaller = true;
    while (smaller && flights < MAX_FLIGHTS) {
      smaller = false;
      for (Option option : Option.values()) {
        smaller |= shrink(option);
      }
    }
    return smallest;
  }

  // To rest, else half of the way there, else one step.
  private boolean shrink(Option option) throws InterruptedException {
    int value = smallest.options().get(option);
    if (value == option.rest) {
      return false;
    }
    int half = option.rest + (value - option.rest) / 2;
    int step = value + Integer.signum(option.rest - value);
    for (int next : List.of(option.rest, half, step)) {
      if (next != value && stillFails(smallest.options().with(option, next))) {
        return true;
      }
    }
    return false;
  }

  private boolean stillFails(Options options) throws InterruptedException {
    if (flights++ >= MAX_FLIGHTS) {
      return false;
    }
    Swarm.Verdict verdict = Swarm.fly(seed, options);
    if (verdict.violation() == null) {
      return false;
    }
    smallest = verdict;
    return true;
  }
}
