package io.headgate.bench;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.Control;

/**
 * Bounded bursts with everything else outside the clock: all threads meet, each runs its part of
 * the burst under its own clock, all meet again, and one drains what the burst left behind. So a
 * queue never fills while its admission is measured. The figure is {@link Clock#medianNs}; JMH's
 * own score includes the drain and means nothing.
 */
@State(Scope.Benchmark)
public abstract class Burst {
  /**
   * What a thread measured. The figure is the median burst, so that a collection or another process
   * that falls into a few of the bursts does not count as admission; the mean is beside it.
   */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Clock {
    private static final int MAX_BURSTS = 1 << 16;

    private final double[] perOp = new double[MAX_BURSTS];
    private int bursts;
    private long ns;
    private long ops;
    private long bytes;

    /** A new thread's, at zero. */
    public Clock() {}

    /** Forgets the last iteration. */
    @Setup(Level.Iteration)
    public void reset() {
      bursts = 0;
      ns = 0;
      ops = 0;
      bytes = 0;
    }

    void add(long burstNs, int burstOps, long burstBytes) {
      bytes += burstBytes;
      perOp[bursts++ & (MAX_BURSTS - 1)] = (double) burstNs / burstOps;
      ns += burstNs;
      ops += burstOps;
    }

    /** Nanoseconds an operation in the median burst. */
    public double medianNs() {
      double[] sorted = Arrays.copyOf(perOp, Math.min(bursts, MAX_BURSTS));
      Arrays.sort(sorted);
      return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    /** Bytes allocated an operation, by this thread, inside the bursts. */
    public double bytes() {
      return (double) bytes / ops;
    }

    /** Nanoseconds an operation, all bursts together. */
    public double meanNs() {
      return (double) ns / ops;
    }
  }

  private static final int PHASE_SHIFT = 32;
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Operations of all threads together in one burst. */
  @Param("1024")
  public int burst;

  // The phase in the upper half, who arrived in the lower.
  private final AtomicLong meeting = new AtomicLong();
  private int threads;

  /** Made by JMH. */
  protected Burst() {}

  /** Starts an iteration from a clean state, whatever the end of the last one interrupted. */
  @Setup(Level.Iteration)
  public void resetBurst(BenchmarkParams params) {
    threads = params.getThreads();
    meeting.set(0);
    drain();
  }

  /** One operation; it must fail loudly if it is not what it claims to measure. */
  protected abstract void once();

  /** Takes away what a burst left behind. */
  protected abstract void drain();

  /**
   * What each thread gives back itself of its part of a burst, when all have ended theirs and the
   * drain is over.
   */
  protected void afterBurst(int ops) {}

  /** One burst of this thread. */
  public final void run(Clock clock, Control control) {
    if (!meet(control)) {
      return;
    }
    int ops = burst / threads;
    long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    for (int i = 0; i < ops; i++) {
      once();
    }
    long ns = System.nanoTime() - start;
    clock.add(ns, ops, THREADS.getCurrentThreadAllocatedBytes() - bytesBefore);
    long met = arrive();
    if (isLast(met)) {
      drain();
      meeting.set(nextPhase(met));
    } else {
      awaitNext(met, control);
    }
    afterBurst(ops);
  }

  private boolean meet(Control control) {
    if (threads == 1) {
      return true;
    }
    long met = arrive();
    if (isLast(met)) {
      meeting.set(nextPhase(met));
      return true;
    }
    return awaitNext(met, control);
  }

  private long arrive() {
    return meeting.incrementAndGet();
  }

  private boolean isLast(long met) {
    return (int) met == threads;
  }

  private static long nextPhase(long met) {
    return ((met >>> PHASE_SHIFT) + 1) << PHASE_SHIFT;
  }

  // Whoever gives up, since JMH ends the iteration, leaves the meeting as if never arrived.
  private boolean awaitNext(long met, Control control) {
    while (true) {
      long now = meeting.get();
      if (now >>> PHASE_SHIFT != met >>> PHASE_SHIFT) {
        return true;
      }
      if (control.stopMeasurement && (int) now < threads && meeting.compareAndSet(now, now - 1)) {
        return false;
      }
      Thread.onSpinWait();
    }
  }
}
