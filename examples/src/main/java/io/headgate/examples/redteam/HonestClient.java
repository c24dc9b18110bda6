package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Somebody who wants nothing but answers: a job of one call, again and again at a low and steady
 * rate, for an agent and a target of its own. A request counts from when it was due, whether or not
 * those before it are done, and is answered if its answer is there within a second. Refused, it
 * comes back when it was told to, for as long as that is within the second.
 *
 * <p>On platform threads of its own, so that it sees what Headgate makes it wait, and not how long
 * a virtual thread of its own would wait for a carrier.
 */
final class HonestClient implements AutoCloseable {
  /** Requests a second. */
  static final int RATE = 50;

  /** Within which an answer is of use. */
  static final Duration IN_TIME = Duration.ofSeconds(1);

  private static final int THREADS = 32;
  private static final long CALL_MS = 5;
  private static final double TAIL = 0.99;
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final long DRAIN_MS = 3_000;

  /**
   * What it saw over some time.
   *
   * @param asked requests
   * @param answered within a second
   * @param p99Nanos of those that were answered at all, from when they were due
   * @param toldToWait refusals after which it came back
   * @param failures of the others, by what became of them
   */
  record Service(
      long asked, long answered, long p99Nanos, long toldToWait, Map<String, Long> failures) {
    /** Answered of those asked, 0 to 1. */
    double goodput() {
      return asked == 0 ? 1 : (double) answered / asked;
    }
  }

  /** The requests of one stretch of time. */
  private static final class Stretch {
    final List<Long> took = new ArrayList<>();
    final Map<String, Long> failures = new TreeMap<>();
    long asked;
    long answered;
    long over;
    long toldToWait;

    synchronized void asked() {
      asked++;
    }

    synchronized void done(long tookNs, String what) {
      over++;
      if (what.isEmpty()) {
        took.add(tookNs);
        answered += tookNs <= IN_TIME.toNanos() ? 1 : 0;
        what = tookNs <= IN_TIME.toNanos() ? "" : "late";
      }
      if (!what.isEmpty()) {
        failures.merge(what, 1L, Long::sum);
      }
    }

    synchronized void toldToWait() {
      toldToWait++;
    }

    synchronized boolean allOver() {
      return over == asked;
    }

    synchronized Service service() {
      Collections.sort(took);
      long p99 = took.isEmpty() ? 0 : took.get((int) Math.ceil(TAIL * took.size()) - 1);
      return new Service(asked, answered, p99, toldToWait, Map.copyOf(failures));
    }
  }

  private final Headgate headgate;
  private final Agent agent;
  private final Target target;
  private final AtomicLong jobs = new AtomicLong();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          Thread.ofPlatform().daemon().name("honest-", 0).factory(),
          new ThreadPoolExecutor.DiscardPolicy()); // of what is due as it closes
  private final Thread clock = Thread.ofPlatform().daemon().name("honest").unstarted(this::ask);
  private final String prefix;
  private volatile Stretch stretch = new Stretch();
  private volatile boolean closed;

  /** Registers its agent and target, and begins to ask. */
  HonestClient(Headgate headgate) {
    this.headgate = headgate;
    prefix = "honest-" + Long.toString(System.nanoTime(), Character.MAX_RADIX) + "-";
    agent = headgate.agent("honest");
    target = headgate.target("honest-model", t -> t.timeout(Duration.ofSeconds(2)));
    var _ = threads.prestartAllCoreThreads(); // so that later samples count as many threads
    clock.start();
  }

  private void ask() {
    long everyNs = TimeUnit.SECONDS.toNanos(1) / RATE;
    long dueNs = System.nanoTime();
    while (!closed) {
      dueNs += everyNs;
      while (!closed && System.nanoTime() - dueNs < 0) {
        LockSupport.parkNanos(dueNs - System.nanoTime());
      }
      long at = dueNs;
      if (!closed) {
        Stretch of = stretch;
        of.asked();
        threads.execute(() -> request(of, at));
      }
    }
  }

  private void request(Stretch of, long dueNs) {
    String what;
    try {
      what = one(of, dueNs);
    } catch (InterruptedException e) {
      what = "interrupted";
    } catch (Throwable t) { // counted, and the next request goes on
      what = t.getClass().getSimpleName();
    }
    of.done(System.nanoTime() - dueNs, what);
  }

  // Empty if it was answered.
  private String one(Stretch of, long dueNs) throws InterruptedException {
    String id = prefix + jobs.getAndIncrement();
    for (int tries = 1; ; tries++) {
      try (Job job = headgate.job(id + "-" + tries, j -> j.tokenBudget(1_000).deadline(DEADLINE))) {
        switch (job.submit(task())) {
          case Refused<String>(var reason, var retryAfter) -> {
            long waitNs = retryAfter.toNanos();
            long lateNs = System.nanoTime() + waitNs - dueNs;
            if (!reason.retryable() || lateNs > IN_TIME.toNanos()) {
              return reason.name();
            }
            of.toldToWait();
            Thread.sleep(retryAfter);
          }
          case Admitted<String> handle -> {
            Optional<Outcome<String>> outcome = handle.join(DEADLINE);
            return outcome.isEmpty()
                ? "no outcome"
                : outcome.get() instanceof Outcome.Completed<String>
                    ? ""
                    : outcome.get().getClass().getSimpleName();
          }
        }
      }
    }
  }

  private Task<String> task() {
    return Task.of(
        agent,
        target,
        Estimate.of(20, 20),
        attempt -> {
          Thread.sleep(CALL_MS);
          attempt.usage(20, 20);
          return "answer";
        });
  }

  /** Begins another stretch of time. */
  void begin() {
    stretch = new Stretch();
  }

  /** Ends it, waits for what is under way, and says what it saw. */
  Service end() throws InterruptedException {
    Stretch of = stretch;
    stretch = new Stretch();
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MS) + DEADLINE.toNanos();
    while (!of.allOver() && System.nanoTime() - endNs < 0) {
      Thread.sleep(10);
    }
    return of.service();
  }

  /** Asks no more; its agent and target go. */
  @Override
  public void close() {
    closed = true;
    threads.shutdown();
    agent.remove();
    target.remove();
  }
}
