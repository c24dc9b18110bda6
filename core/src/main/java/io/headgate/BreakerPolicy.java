package io.headgate;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * When calls are cut off because too many fail. Immutable, changed by copies as {@link
 * AgentSettings}.
 *
 * <p>A breaker opens when, of the calls that ended in its window, at least {@code minCalls}, the
 * share that failed reaches {@code failurePercent}, and a sequential test says that this is no
 * chance: Page's CUSUM of the log-likelihood ratios of Wald's test, of 4/3 and 8/3 of the threshold
 * against 2/3 of it (Page, <i>Continuous Inspection Schemes</i>, Biometrika 41, 1954). When that
 * test is certain, the window's good calls from before the trouble no longer count. A bare window
 * of 20 calls at 15 % would cut off a healthy tool that fails 5 % of its calls again and again. It
 * also opens when the share of slow calls reaches {@code slowPercent}.
 *
 * <p>Open, it lets nothing through for {@code open}, twice as long for each time in a row up to
 * {@code maxOpen}, and up to a quarter longer by jitter. Then it is half open: {@code probes} calls
 * may start, and no more; for each that is called off and says nothing, one in its place. What a
 * probe's attempt submits to the target, through however many others, is part of it and is let
 * through with it (where a ladder serves, at the rung that serves), within the limits of depth and
 * fan-out: else no agent that calls itself could ever be well. Each end of these counts. It closes
 * when more ends are well than half of {@code probes}, and opens again when half as many are not.
 *
 * <p>At a target with a {@link ConcurrencyPolicy} and no ladder, what was rejected (429, 529; 503
 * with {@code Retry-After}) or timed out is the limit's to answer as long as it can, and does not
 * count here: while the limit is above its least and at least half of it runs, fewer calls have not
 * been seen to fare no better, and most of the last 32 or so calls were well. Nor does there what
 * was lost or unavailable, until it is certain that nearly all calls are (22 in a row): a part that
 * is out is no cause to cut off the rest. A probe's end always counts.
 *
 * @param failurePercent of the calls in the window, 1 to 100
 * @param minCalls before it is judged, 1 to 10,000
 * @param window over which calls count, 1 s to 1 day; counted in tenths of it. Choose it no shorter
 *     than the target's timeout
 * @param windowCalls the most calls that count, the latest, {@code minCalls} to 1,000,000; tenths
 *     of the window are left out from the oldest on
 * @param slowCall from which on a call counts as slow, 1 ms to 1 day; one that timed out always
 *     does
 * @param slowPercent of the calls in the window, 1 to 100
 * @param open how long it lets nothing through, 1 ms to 1 day
 * @param maxOpen to which that grows, {@code open} to 1 day
 * @param probes calls that are let through to see whether it is well again, 1 to 1,000
 * @param counted the classes of ends that count as failures; never {@code OK} or {@code CANCELLED},
 *     which do not count at all
 */
public record BreakerPolicy(
    int failurePercent,
    int minCalls,
    Duration window,
    int windowCalls,
    Duration slowCall,
    int slowPercent,
    Duration open,
    Duration maxOpen,
    int probes,
    Set<CallClass> counted) {
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final Set<CallClass> NEVER = Set.of(CallClass.OK, CallClass.CANCELLED);

  /**
   * 15 % of at least 20 calls in ten minutes, or all of them timed out; 5 seconds, up to 20
   * seconds; 3 probes.
   */
  public static final BreakerPolicy DEFAULT =
      new BreakerPolicy(
          15,
          20,
          Duration.ofMinutes(10),
          1_000,
          LONGEST,
          100,
          Duration.ofSeconds(5),
          Duration.ofSeconds(20),
          3,
          Set.of(
              CallClass.BAD_ANSWER,
              CallClass.REJECTED,
              CallClass.UNAVAILABLE,
              CallClass.TIMED_OUT,
              CallClass.FATAL));

  /** Never cuts off by itself: nothing counts as a failure. */
  public static final BreakerPolicy OFF = DEFAULT.counted(Set.of()).slow(LONGEST, 100);

  /** Checks every bound. */
  public BreakerPolicy {
    Bounds.check("breaker's failurePercent", failurePercent, 1, 100);
    Bounds.check("breaker's minCalls", minCalls, 1, 10_000);
    var _ = Bounds.checkNanos("breaker's window", window, Duration.ofSeconds(1), LONGEST);
    Bounds.check("breaker's windowCalls", windowCalls, minCalls, 1_000_000);
    var _ = Bounds.checkNanos("breaker's slowCall", slowCall, Duration.ofMillis(1), LONGEST);
    Bounds.check("breaker's slowPercent", slowPercent, 1, 100);
    var _ = Bounds.checkNanos("breaker's open", open, Duration.ofMillis(1), LONGEST);
    var _ = Bounds.checkNanos("breaker's maxOpen", maxOpen, open, LONGEST);
    Bounds.check("breaker's probes", probes, 1, 1_000);
    Bounds.notNull("breaker's counted", counted, "name the classes that count as failures");
    EnumSet<CallClass> classes = EnumSet.noneOf(CallClass.class);
    for (CallClass each : counted) {
      Bounds.notNull("an element of breaker's counted", each, "leave it out");
      if (NEVER.contains(each)) {
        throw new IllegalArgumentException(
            "breaker's counted has " + each + ", but that is no failure; leave it out");
      }
      classes.add(each);
    }
    counted = Collections.unmodifiableSet(classes);
  }

  /** The share of failures at which it opens, and the calls it takes to judge. */
  public BreakerPolicy failures(int percent, int minCalls) {
    return new BreakerPolicy(
        percent,
        minCalls,
        window,
        Math.max(minCalls, windowCalls),
        slowCall,
        slowPercent,
        open,
        maxOpen,
        probes,
        counted);
  }

  /** The time and the number of calls over which it looks. */
  public BreakerPolicy window(Duration window, int windowCalls) {
    return new BreakerPolicy(
        failurePercent,
        minCalls,
        window,
        windowCalls,
        slowCall,
        slowPercent,
        open,
        maxOpen,
        probes,
        counted);
  }

  /** What is slow, and the share of slow calls at which it opens. */
  public BreakerPolicy slow(Duration slowCall, int percent) {
    return new BreakerPolicy(
        failurePercent,
        minCalls,
        window,
        windowCalls,
        slowCall,
        percent,
        open,
        maxOpen,
        probes,
        counted);
  }

  /** How long it stays open, and to which time that grows. */
  public BreakerPolicy open(Duration open, Duration maxOpen) {
    return new BreakerPolicy(
        failurePercent,
        minCalls,
        window,
        windowCalls,
        slowCall,
        slowPercent,
        open,
        maxOpen,
        probes,
        counted);
  }

  /** Calls that are let through while it is half open. */
  public BreakerPolicy probes(int probes) {
    return new BreakerPolicy(
        failurePercent,
        minCalls,
        window,
        windowCalls,
        slowCall,
        slowPercent,
        open,
        maxOpen,
        probes,
        counted);
  }

  /** What counts as a failure. */
  public BreakerPolicy counted(Set<CallClass> counted) {
    return new BreakerPolicy(
        failurePercent,
        minCalls,
        window,
        windowCalls,
        slowCall,
        slowPercent,
        open,
        maxOpen,
        probes,
        counted);
  }

  /** Over which calls count, in nanoseconds. */
  public long windowNanos() {
    return window.toNanos();
  }

  /** From which on a call is slow, in nanoseconds. */
  public long slowCallNanos() {
    return slowCall.toNanos();
  }

  /** How long it stays open at first, in nanoseconds. */
  public long openNanos() {
    return open.toNanos();
  }

  /** How long it stays open at most, in nanoseconds. */
  public long maxOpenNanos() {
    return maxOpen.toNanos();
  }

  /** Whether such an end is a failure. */
  public boolean counts(CallClass end) {
    return counted.contains(end);
  }

  /** Whether nothing ever opens it but an operator. */
  public boolean isOff() {
    return counted.isEmpty() && slowCall.equals(LONGEST);
  }
}
