package io.headgate.examples.redteam;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a Headgate is attacked. Immutable, changed by copies: {@code
 * RedTeamOptions.DEFAULT.each(ofSeconds(40)).only(List.of("herd"))}.
 *
 * @param each how long each attack lasts, and the calm before them; 100 ms to 1 hour
 * @param only the names of those that are wanted; empty for all
 * @param defences what attackers are held to
 * @param bars what the honest client must not lose
 * @param listener the host's hook for {@code hostile-hooks}; null where there is none
 * @param clock the host's clocks for {@code jumping-clock}; null where these are the system's
 */
public record RedTeamOptions(
    Duration each,
    List<String> only,
    Defences defences,
    Bars bars,
    @Nullable HostileListener listener,
    @Nullable JumpyClock clock) {
  private static final Duration LEAST = Duration.ofMillis(100);
  private static final Duration MOST = Duration.ofHours(1);

  /** Five seconds each, all, {@link Defences#USUAL}, no hooks of the host's. */
  public static final RedTeamOptions DEFAULT =
      new RedTeamOptions(
          Duration.ofSeconds(5), List.of(), Defences.USUAL, Bars.DEFAULT, null, null);

  /**
   * What an honest client must not lose during an attack.
   *
   * @param goodput of that in calm, at least, 0 to 1
   * @param factor by which its p99 may grow
   * @param allowanceMs p99 below which no growth counts, in milliseconds: of a few milliseconds in
   *     calm, a factor is what another process does to the machine
   */
  public record Bars(double goodput, double factor, long allowanceMs) {
    /** Nine tenths; ten times, or 250 ms. */
    public static final Bars DEFAULT = new Bars(0.9, 10, 250);

    /** Checks every bound. */
    public Bars {
      if (!(goodput >= 0 && goodput <= 1) || !(factor >= 1) || allowanceMs < 0) {
        throw new IllegalArgumentException(
            "the bars are goodput "
                + goodput
                + ", factor "
                + factor
                + ", allowance "
                + allowanceMs
                + " ms, but must be 0 to 1, 1 or more, 0 or more; use Bars.DEFAULT");
      }
    }

    /** The largest p99 that is allowed, in nanoseconds. */
    long p99Nanos(long inCalm) {
      return Math.max((long) (factor * inCalm), Duration.ofMillis(allowanceMs).toNanos());
    }
  }

  /** Checks every bound. */
  public RedTeamOptions {
    if (each.compareTo(LEAST) < 0 || each.compareTo(MOST) > 0) {
      throw new BadOptionException(
          "an attack lasts " + each + ", but must last " + LEAST + " to " + MOST);
    }
    only = List.copyOf(only);
    List<String> names = Attacks.names();
    for (String name : only) {
      if (!names.contains(name)) {
        throw new BadOptionException(
            "there is no attack named " + name + "; use " + String.join(", ", names));
      }
    }
  }

  /** How long each attack lasts. */
  public RedTeamOptions each(Duration each) {
    return new RedTeamOptions(each, only, defences, bars, listener, clock);
  }

  /** Those attacks alone. */
  public RedTeamOptions only(List<String> only) {
    return new RedTeamOptions(each, only, defences, bars, listener, clock);
  }

  /** What attackers are held to. */
  public RedTeamOptions defences(Defences defences) {
    return new RedTeamOptions(each, only, defences, bars, listener, clock);
  }

  /** What the honest client must not lose. */
  public RedTeamOptions bars(Bars bars) {
    return new RedTeamOptions(each, only, defences, bars, listener, clock);
  }

  /** The listener that the Headgate under attack was built with. */
  public RedTeamOptions listener(HostileListener listener) {
    return new RedTeamOptions(each, only, defences, bars, listener, clock);
  }

  /** The clocks that it was built with. */
  public RedTeamOptions clock(JumpyClock clock) {
    return new RedTeamOptions(each, only, defences, bars, listener, clock);
  }
}
