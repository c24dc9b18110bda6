package io.headgate.bench.storm;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** One thread that submits: flat out, or by a schedule. */
final class Producer implements Runnable {
  private static final long MAX_NS = TimeUnit.MINUTES.toNanos(1);
  // Two digits: a row of counters that stays in the cache.
  private static final int DIGITS = 2;

  private final StormSubject subject;
  private final int number;
  private final long startNs;
  private final long measureNs;
  private final long endNs;
  private final long intervalNs;

  /** From the call to its answer. */
  final Histogram service = histogram();

  /** From when the schedule wanted the call to its answer. */
  final Histogram intended = histogram();

  private final long[] answers = new long[StormSubject.Answer.values().length];
  volatile @Nullable Throwable failure;

  /**
   * Times are of {@code System.nanoTime()}.
   *
   * @param startNs of the warm-up, and of the schedule
   * @param measureNs from when on it counts
   * @param endNs of the last call
   * @param intervalNs between this thread's calls; 0 for none
   */
  Producer(
      StormSubject subject, int number, long startNs, long measureNs, long endNs, long intervalNs) {
    this.subject = subject;
    this.number = number;
    this.startNs = startNs;
    this.measureNs = measureNs;
    this.endNs = endNs;
    this.intervalNs = intervalNs;
  }

  static Histogram histogram() {
    return new Histogram(1, MAX_NS, DIGITS);
  }

  long count(StormSubject.Answer answer) {
    return answers[answer.ordinal()];
  }

  @Override
  public void run() {
    try {
      awaitNs(startNs);
      if (intervalNs == 0) {
        flatOut();
      } else {
        bySchedule();
      }
    } catch (Throwable t) { // for who started this thread
      failure = t;
    }
  }

  private void flatOut() {
    for (long call = 0; ; call++) {
      long start = System.nanoTime();
      if (start - endNs >= 0) {
        return;
      }
      StormSubject.Answer answer = subject.submit(number, call);
      long ns = System.nanoTime() - start;
      if (start - measureNs >= 0) {
        answers[answer.ordinal()]++;
        service.recordValue(Math.min(ns, MAX_NS));
      }
    }
  }

  // To the end of the schedule, not of the time: what a stall held up counts, however late it is.
  private void bySchedule() {
    long call = 0;
    for (long due = startNs; due - endNs < 0; due += intervalNs) {
      long start = awaitNs(due);
      StormSubject.Answer answer = subject.submit(number, call++);
      long end = System.nanoTime();
      if (due - measureNs >= 0) {
        answers[answer.ordinal()]++;
        service.recordValueWithExpectedInterval(Math.min(end - start, MAX_NS), intervalNs);
        intended.recordValue(Math.min(end - due, MAX_NS));
      }
    }
  }

  private static long awaitNs(long dueNs) {
    long now = System.nanoTime();
    while (now - dueNs < 0) {
      LockSupport.parkNanos(dueNs - now);
      now = System.nanoTime();
    }
    return now;
  }
}
