package io.headgate.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;

/**
 * Nanoseconds since this Headgate was started, precise or coarse. The coarse time is a word that
 * the dispatcher refreshes at most every 10 µs while it works; while it is parked, the word says so
 * and readers read the clock themselves, so coarse time is never older than one turn of the
 * dispatcher.
 *
 * <p>The same word tells submitters whether the dispatcher must be woken. Any thread; one writer.
 */
final class RuntimeClock implements NanoClock {
  private static final VarHandle COARSE;
  private static final long PARKED = -1;
  private static final long REFRESH_NS = 10_000;

  static {
    try {
      COARSE = MethodHandles.lookup().findVarHandle(RuntimeClock.class, "coarseNs", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final NanoClock clock;
  private final long originNs;
  private final long originEpochNs;

  @SuppressWarnings("unused") // by VarHandle
  private volatile long coarseNs = PARKED;

  // The dispatcher's own copy of what it wrote.
  private long writtenNs = PARKED;

  RuntimeClock(NanoClock clock, EpochNanoClock epochClock) {
    this.clock = clock;
    this.originNs = clock.nanoTime();
    this.originEpochNs = epochClock.nanoTime();
  }

  /** Precise time. */
  @Override
  public long nanoTime() {
    return clock.nanoTime() - originNs;
  }

  /** Time that may be one turn of the dispatcher old. */
  long coarseNs() {
    long now = (long) COARSE.getOpaque(this);
    return now == PARKED ? nanoTime() : now;
  }

  /** Called by the dispatcher at each turn. */
  void refresh(long nowNs) {
    if (writtenNs == PARKED || nowNs - writtenNs >= REFRESH_NS) {
      writtenNs = nowNs;
      COARSE.setOpaque(this, nowNs);
    }
  }

  /** Called by the dispatcher before its last look at the ring; followed by a full fence. */
  void park() {
    writtenNs = PARKED;
    COARSE.setVolatile(this, PARKED);
  }

  /** Whether the dispatcher is parked, or about to be. */
  boolean isParked() {
    return coarseNs == PARKED;
  }

  /** Claims the right to wake the dispatcher: true for one caller each time it parked. */
  boolean claimWake(long nowNs) {
    return COARSE.compareAndSet(this, PARKED, nowNs);
  }

  /** The logical time of a time of day, in nanoseconds since 1970. */
  long ofEpochNs(long epochNs) {
    return epochNs - originEpochNs;
  }

  /** Wall-clock time of a logical time. */
  Instant instant(long ns) {
    long epochNs = originEpochNs + ns;
    return Instant.ofEpochSecond(
        Math.floorDiv(epochNs, 1_000_000_000L), Math.floorMod(epochNs, 1_000_000_000L));
  }
}
