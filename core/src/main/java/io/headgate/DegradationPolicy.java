package io.headgate;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A target's ladder: the model, a smaller one, at last perhaps a static answer. The call asks
 * {@link Attempt#rung()} which of them it is to use. Immutable, changed by copies as {@link
 * AgentSettings}.
 *
 * <p>A task starts at the first rung that serves and has a permit to spare. A rung serves while its
 * own breaker lets it: that opens as the target's {@link BreakerPolicy} says, and when the 95th
 * percentile of its run times is above {@code latencyBudget}: more of its latest calls are slower
 * than one in twenty, by three standard deviations. A call that still runs after that time counts
 * as slow at once, so a model that hangs is not mistaken for an idle one. Nothing is refused {@link
 * Refusal#TARGET_UNAVAILABLE} or {@link Refusal#AGENT_CUT_OFF} while a lower rung serves. After
 * {@code probeAfter}, doubled each time in a row up to {@code maxProbeAfter} and up to a quarter
 * longer by jitter, {@code probes} calls try the rung again.
 *
 * <p>A task waits for the first rung's {@link PacePolicy} for a tenth of {@code latencyBudget}, but
 * no longer than half of what it has left of its TTL and its job's deadline; from then on it takes
 * the first rung that is to be had. That time counts from its admission, from the last change of
 * ladder or pace, and from when an operator let it go on. A single task starts lower when the time
 * that its job has left is less than twice what the rung took lately (what it took is forgotten
 * when nothing has run on it for {@code maxProbeAfter}, and when it is tried again), or when the
 * job's money does not cover the rung. What it has reserved is of the rung that served at its
 * admission, and it never starts at a dearer one; what it does not need where it starts is given
 * back at once, and it stays there or below. An attempt that fails, be it by time, is first tried
 * again on its rung, as far as the target's {@link RetryPolicy} and what is left allow. Then it
 * goes on at once at the next rung that its job's tokens and money cover (a static one needs none),
 * as long as its TTL and its job's deadline allow: that is no retry of the same thing, so it is
 * bounded by the rungs, not by the retry budget. One that has timed out and ignores its interrupt
 * for a second is not waited for: the next rung answers beside it, on the same terms.
 *
 * @param rungs from the top, 2 to 8; empty for no ladder
 * @param latencyBudget that the 95th percentile of run times is to keep, 1 ms to 1 hour
 * @param minCalls before a rung is judged, 1 to 200
 * @param window over which its calls count, twice {@code latencyBudget} to 1 day: no window is
 *     shorter than the calls that it judges. Of more than 200 calls, the latest count
 * @param probeAfter how long a rung is left alone at first, 1 ms to 1 day
 * @param maxProbeAfter to which that grows, and after which an idle rung's run times are forgotten,
 *     {@code probeAfter} to 1 day
 * @param probes calls that try it again, 1 to 1,000; it serves again when more than half are well
 */
public record DegradationPolicy(
    List<Rung> rungs,
    Duration latencyBudget,
    int minCalls,
    Duration window,
    Duration probeAfter,
    Duration maxProbeAfter,
    int probes) {
  /** The most rungs that a ladder can have. */
  public static final int MAX_RUNGS = 8;

  /** So many of the latest calls are looked at. */
  public static final int WINDOW_CALLS = 200;

  private static final int PERCENT = 100;
  private static final Duration LONGEST = Duration.ofDays(1);

  /** No ladder. */
  public static final DegradationPolicy OFF =
      new DegradationPolicy(
          List.of(),
          Duration.ofSeconds(10),
          10,
          Duration.ofMinutes(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          3);

  /**
   * A step of the ladder.
   *
   * @param name for people: 1 to 64 characters
   * @param maxInFlight attempts that run on it at once, 1 to 1,000,000, or {@link
   *     AgentSettings#UNLIMITED}; what is more starts on the next one. All together are bounded by
   *     the target's own
   * @param pricePercent of the target's price, 0 to 100, no more than that of the rung above
   * @param isStatic whether it needs no model: it holds no tokens and no money, and is always well;
   *     the last rung alone can be
   */
  public record Rung(String name, int maxInFlight, int pricePercent, boolean isStatic) {
    private static final int MAX_NAME = 64;

    /** Checks every bound. */
    public Rung {
      Bounds.notNull("rung's name", name, "name what answers on it");
      Bounds.check("rung's name's length", name.length(), 1, MAX_NAME);
      AgentSettings.checkCap("rung's maxInFlight", maxInFlight);
      Bounds.check("rung's pricePercent", pricePercent, 0, isStatic ? 0 : PERCENT);
    }

    /** A model that costs so much of the target's price. */
    public static Rung of(String name, int pricePercent) {
      return new Rung(name, AgentSettings.UNLIMITED, pricePercent, false);
    }

    /** An answer that needs no model. */
    public static Rung ofStatic(String name) {
      return new Rung(name, AgentSettings.UNLIMITED, 0, true);
    }

    /** Attempts that run on it at once. */
    public Rung maxInFlight(int maxInFlight) {
      return new Rung(name, maxInFlight, pricePercent, isStatic);
    }
  }

  /** Checks every bound. */
  public DegradationPolicy {
    Bounds.notNull("degradation's rungs", rungs, "use DegradationPolicy.OFF for none");
    rungs = List.copyOf(rungs);
    if (!rungs.isEmpty()) {
      Bounds.check("degradation's number of rungs", rungs.size(), 2, MAX_RUNGS);
    }
    Set<String> names = new HashSet<>();
    int pricePercent = PERCENT;
    for (int i = 0; i < rungs.size(); i++) {
      Rung rung = rungs.get(i);
      if (!names.add(rung.name())) {
        throw new IllegalArgumentException(
            "degradation's rungs name " + rung.name() + " twice; give each a name of its own");
      }
      Bounds.check(
          "degradation's pricePercent of rung " + i,
          rung.pricePercent(),
          i == 0 ? PERCENT : 0,
          pricePercent);
      pricePercent = rung.pricePercent();
      if (rung.isStatic() && i < rungs.size() - 1) {
        throw new IllegalArgumentException(
            "degradation's rung " + i + " is static, but only the last can be; put it there");
      }
    }
    var _ =
        Bounds.checkNanos(
            "degradation's latencyBudget",
            latencyBudget,
            Duration.ofMillis(1),
            Duration.ofHours(1));
    Bounds.check("degradation's minCalls", minCalls, 1, WINDOW_CALLS);
    var _ = Bounds.checkNanos("degradation's window", window, least(latencyBudget), LONGEST);
    var _ =
        Bounds.checkNanos("degradation's probeAfter", probeAfter, Duration.ofMillis(1), LONGEST);
    var _ = Bounds.checkNanos("degradation's maxProbeAfter", maxProbeAfter, probeAfter, LONGEST);
    Bounds.check("degradation's probes", probes, 1, 1_000);
  }

  // A breaker's window has a least length of its own.
  private static Duration least(Duration latencyBudget) {
    Duration twice = latencyBudget.multipliedBy(2);
    return twice.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : twice;
  }

  /** A ladder of these rungs, from the top. */
  public static DegradationPolicy of(Rung... rungs) {
    return OFF.rungs(List.of(rungs));
  }

  /** The rungs, from the top. */
  public DegradationPolicy rungs(List<Rung> rungs) {
    return new DegradationPolicy(
        rungs, latencyBudget, minCalls, window, probeAfter, maxProbeAfter, probes);
  }

  /** The latency that is kept; the window with it, if it would be too short. */
  public DegradationPolicy latencyBudget(Duration latencyBudget) {
    Duration least =
        latencyBudget == null || latencyBudget.compareTo(LONGEST) > 0
            ? window
            : least(latencyBudget);
    return new DegradationPolicy(
        rungs,
        latencyBudget,
        minCalls,
        window.compareTo(least) < 0 ? least : window,
        probeAfter,
        maxProbeAfter,
        probes);
  }

  /** Over how many calls, at least, and over which time a rung is judged. */
  public DegradationPolicy window(int minCalls, Duration window) {
    return new DegradationPolicy(
        rungs, latencyBudget, minCalls, window, probeAfter, maxProbeAfter, probes);
  }

  /** After which time a rung is tried again, to which that grows, and by how many calls. */
  public DegradationPolicy probing(Duration probeAfter, Duration maxProbeAfter, int probes) {
    return new DegradationPolicy(
        rungs, latencyBudget, minCalls, window, probeAfter, maxProbeAfter, probes);
  }

  /** The latency that is kept, in nanoseconds. */
  public long latencyBudgetNanos() {
    return latencyBudget.toNanos();
  }

  /** To which the time between trials grows, in nanoseconds. */
  public long maxProbeAfterNanos() {
    return maxProbeAfter.toNanos();
  }

  /** Whether there is no ladder. */
  public boolean isOff() {
    return rungs.isEmpty();
  }

  /** How many rungs there are; 1 if there is no ladder. */
  public int size() {
    return Math.max(1, rungs.size());
  }

  /** Whether the rung needs no model; below the last, as the last. */
  public boolean isStatic(int rung) {
    return !rungs.isEmpty() && rungs.get(Math.min(rung, rungs.size() - 1)).isStatic();
  }

  /** Attempts that run on the rung at once. */
  public int maxInFlight(int rung) {
    return rungs.isEmpty()
        ? AgentSettings.UNLIMITED
        : rungs.get(Math.min(rung, rungs.size() - 1)).maxInFlight();
  }

  /** What a rung costs of the target's price, in percent. */
  public int pricePercent(int rung) {
    return rungs.isEmpty() ? PERCENT : rungs.get(Math.min(rung, rungs.size() - 1)).pricePercent();
  }

  /** Whether an attempt that ends so goes on at the next rung, if there is one. */
  public boolean falls(CallClass end, int rung) {
    return rung + 1 < rungs.size()
        && switch (end) {
          case OK, CANCELLED, CALLER_FAULT -> false;
          case BAD_ANSWER, REJECTED, UNAVAILABLE, TIMED_OUT, FATAL -> true;
        };
  }

  /** By which a rung is watched: the target's breaker, with the ladder's own times. */
  public BreakerPolicy breaker(BreakerPolicy ofTarget) {
    return new BreakerPolicy(
        ofTarget.failurePercent(),
        minCalls,
        window,
        WINDOW_CALLS,
        latencyBudget,
        PERCENT,
        probeAfter,
        maxProbeAfter,
        probes,
        ofTarget.counted());
  }
}
