package io.headgate.simulation;

import java.time.Duration;
import java.util.List;

/** When jobs arrive. Immutable. */
public sealed interface Arrivals {
  /**
   * At random, independent of each other.
   *
   * @param perSecond in the mean, above 0, at most 10^6
   */
  record Poisson(double perSecond) implements Arrivals {
    /** Checks the bound. */
    public Poisson {
      checkRate("arrivals' perSecond", perSecond);
    }
  }

  /**
   * Many at one moment, again and again.
   *
   * @param size jobs at once, 1 to 1,000,000
   * @param every from one burst to the next
   */
  record Bursts(int size, Duration every) implements Arrivals {
    /** Checks the bounds. */
    public Bursts {
      Checks.within("burst's size", size, 1, 1_000_000, "use the jobs that come at once");
      var _ = Checks.nanos("burst's every", every, Duration.ofNanos(1_000), Duration.ofDays(365));
    }
  }

  /**
   * At random, and more for a while.
   *
   * @param perSecond in the mean outside of the surge
   * @param factor by which it is multiplied within it, 0 to 10,000
   * @param from when the surge begins, from the start of the load
   * @param to when it is over
   */
  record Surge(double perSecond, double factor, Duration from, Duration to) implements Arrivals {
    /** Checks the bounds. */
    public Surge {
      checkRate("arrivals' perSecond", perSecond);
      Checks.within("surge's factor", factor, 0, 10_000, "use 10 for a bad night");
      var _ = Checks.nanos("surge's from", from, Duration.ZERO, Disturbance.LATEST);
      var _ = Checks.nanos("surge's to", to, from, Disturbance.LATEST);
    }
  }

  /**
   * A fixed crowd: each opens a job, waits for its end, thinks, and opens the next.
   *
   * @param clients 1 to 1,000,000
   * @param think between two jobs of one client; exponential with this mean
   */
  record ClosedLoop(int clients, Duration think) implements Arrivals {
    /** Checks the bounds. */
    public ClosedLoop {
      Checks.within("load's clients", clients, 1, 1_000_000, "use the agents that run at once");
      var _ = Checks.nanos("load's think", think, Duration.ofNanos(1_000), Duration.ofDays(365));
    }
  }

  /**
   * As a trace says: one job of one call each.
   *
   * @param calls in the order of their times; at least one
   */
  record Trace(List<TracedCall> calls) implements Arrivals {
    /** Checks that there are some, in order. */
    public Trace {
      calls = List.copyOf(Checks.notNull("trace's calls", calls, "read a trace, or use Poisson"));
      if (calls.isEmpty()) {
        throw new IllegalArgumentException(
            "trace's calls is empty, but must have at least one; read a trace, or use Poisson");
      }
      for (int i = 1; i < calls.size(); i++) {
        if (calls.get(i).at().compareTo(calls.get(i - 1).at()) < 0) {
          throw new IllegalArgumentException(
              "trace's call "
                  + i
                  + " is at "
                  + calls.get(i).at()
                  + ", but the one before it is at "
                  + calls.get(i - 1).at()
                  + "; sort them by time");
        }
      }
    }
  }

  /**
   * A call of a trace.
   *
   * @param at from the start of the load
   * @param inputTokens 0 to 10^9
   * @param outputTokens 0 to 10^9
   */
  record TracedCall(Duration at, long inputTokens, long outputTokens) {
    /** Checks the bounds. */
    public TracedCall {
      var _ = Checks.nanos("traced call's time", at, Duration.ZERO, Disturbance.LATEST);
      Checks.tokens("traced call's inputTokens", inputTokens);
      Checks.tokens("traced call's outputTokens", outputTokens);
    }
  }

  private static void checkRate(String name, double perSecond) {
    Checks.within(name, perSecond, 1e-6, 1e6, "use the jobs that arrive each second");
  }
}
