package io.headgate.simulation;

import java.time.Duration;

/** What goes wrong at a provider for a while. Times count from the start of the simulation. */
public sealed interface Disturbance {
  /** 290 years, about what nanoseconds can count: no simulation lasts longer. */
  Duration LATEST = Duration.ofDays(365 * 290);

  /** When it begins. */
  Duration from();

  /** When it is over. */
  Duration to();

  /**
   * Every call takes longer.
   *
   * @param factor by how much, 1 to 1,000
   */
  record Brownout(Duration from, Duration to, double factor) implements Disturbance {
    /** Checks the bounds. */
    public Brownout {
      check(from, to);
      Checks.within("brownout's factor", factor, 1, 1_000, "use 1 for no brownout");
    }
  }

  /**
   * A share of the calls fails at once, with 503.
   *
   * @param share 0 to 1; 1 is an outage of the whole
   */
  record Outage(Duration from, Duration to, double share) implements Disturbance {
    /** Checks the bounds. */
    public Outage {
      check(from, to);
      Checks.share("outage's share", share);
    }
  }

  /**
   * A share of the calls never answers.
   *
   * @param share 0 to 1
   */
  record Hang(Duration from, Duration to, double share) implements Disturbance {
    /** Checks the bounds. */
    public Hang {
      check(from, to);
      Checks.share("hang's share", share);
    }
  }

  /**
   * A share of the calls goes to a part that is gone, and is no burden to the rest.
   *
   * @param share 0 to 1
   * @param after when such a call ends with a 504, 1 ns to the longest latency; the latter to let
   *     it hang until it times out
   */
  record Loss(Duration from, Duration to, double share, Duration after) implements Disturbance {
    /** Checks the bounds. */
    public Loss {
      check(from, to);
      Checks.share("loss's share", share);
      var _ = Checks.nanos("loss's after", after, Duration.ofNanos(1), Latency.LONGEST);
    }
  }

  /**
   * A share of the calls goes to a part that is broken in all the ways there are: of these, 40 %
   * end with a 503 at once, 20 % with a 504 after 10 s, 10 % never answer, 10 % are answered so
   * slowly that nobody waits for the end, and 20 % are answered with what cannot be read. The last
   * two cost the provider as much as an answer.
   *
   * @param share 0 to 1
   */
  record BadNight(Duration from, Duration to, double share) implements Disturbance {
    /** Checks the bounds. */
    public BadNight {
      check(from, to);
      Checks.share("bad night's share", share);
    }
  }

  /**
   * A part of what it can bear is gone.
   *
   * @param share 0 to 1, of its capacity; one call at once is always left
   */
  record CapacityLoss(Duration from, Duration to, double share) implements Disturbance {
    /** Checks the bounds. */
    public CapacityLoss {
      check(from, to);
      Checks.share("capacity loss's share", share);
    }
  }

  /**
   * Every call takes longer, by a factor that goes evenly from one to another.
   *
   * @param first at the beginning, 1 to 1,000
   * @param last at the end, 1 to 1,000
   */
  record Drift(Duration from, Duration to, double first, double last) implements Disturbance {
    /** Checks the bounds. */
    public Drift {
      check(from, to);
      Checks.within("drift's first factor", first, 1, 1_000, "use 1 for none at the beginning");
      Checks.within("drift's last factor", last, 1, 1_000, "use 1 for none at the end");
    }

    /** By how much calls take longer at that time, in nanoseconds. */
    double at(long nowNs) {
      double gone = (double) (nowNs - from.toNanos()) / to.minus(from).toNanos();
      return first + (last - first) * gone;
    }
  }

  private static void check(Duration from, Duration to) {
    var _ = Checks.nanos("disturbance's from", from, Duration.ZERO, LATEST);
    var _ = Checks.nanos("disturbance's to", to, from, LATEST);
  }
}
