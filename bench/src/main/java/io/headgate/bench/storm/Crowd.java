package io.headgate.bench.storm;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.bench.Blocker;
import io.headgate.runtime.SteppedHeadgate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The throughput of {@code submit} as the crowd of platform threads grows, all on one agent and one
 * job. The figure is {@link Figures#opsPerSecond}; JMH's own score includes the drain and means
 * nothing.
 *
 * <p>It is measured in windows, each of a bounded number of submissions that the producers take in
 * small portions from one heap, so that a thread that comes late to its CPU holds up nobody. A
 * window is timed from when all of them are awake to its last submission, so that waking them is
 * not timed. What was admitted waits behind a call that never ends, and is drained between the
 * windows, outside the clock: were the dispatcher to run beside 200 producers, it would have one
 * 200th of the CPUs and the queue would fill, and were the producers to wait for it, this would
 * measure the dispatcher. A window is long enough (30 ms and more) that threads take turns on the
 * CPUs within it many times.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@State(Scope.Benchmark)
public class Crowd {
  private static final int PORTION = 256;
  private static final int ADMITTED_WINDOW = 480_000;
  private static final int REFUSED_WINDOW = 1 << 23;
  private static final int MAX_TASKS = 500_000;
  private static final int WARMUP_WINDOWS = 4;
  private static final long RATE = 1_000_000_000;
  private static final double SECOND_NS = 1e9;

  /** Threads that submit. */
  @Param({"2", "200"})
  public int producers;

  /** What becomes of all that is submitted; a refusal is the last gate's. */
  @Param({"admitted", "refused"})
  public String kind = "";

  /** Windows measured. */
  @Param("9")
  public int windows;

  /** Made by JMH. */
  public Crowd() {}

  /** What the crowd got done. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Figures {
    /** Submissions a second in the median window. */
    public double opsPerSecond;

    /** Made by JMH. */
    public Figures() {}
  }

  /** Where all submit to. */
  private static final class Place {
    final SteppedHeadgate stepped =
        new SteppedHeadgate(
            HeadgateSettings.DEFAULT
                .maxInFlight(1)
                .maxWaiting(2 * ADMITTED_WINDOW)
                .tokensPerMinute(RATE));
    final Agent agent =
        stepped
            .headgate()
            .agent("agent", a -> a.maxWaiting(2 * ADMITTED_WINDOW).tokensPerMinute(RATE));
    final Target target = stepped.headgate().target("target", t -> t.maxInFlight(1));
    final Task<String> task = Task.<String>of(agent, target, Estimate.of(500, 500), _ -> "");
    final Blocker blocker;
    final boolean admits;
    volatile Job job;

    Place(boolean admits) {
      this.admits = admits;
      blocker = Blocker.submit(stepped.headgate(), agent, target);
      job = open();
      stepped.settle();
    }

    private Job open() {
      return stepped.headgate().job(this::settings);
    }

    private JobSettings settings(JobSettings from) {
      return from.tokenBudget(admits ? 1_000_000_000_000L : 1).maxTasks(MAX_TASKS);
    }

    void submit(Job job) {
      switch (job.submit(task)) {
        case Admitted<String> _ -> {
          if (!admits) {
            throw new IllegalStateException("this measures admission");
          }
        }
        case Refused<String>(Refusal reason, _) -> {
          if (admits || reason != Refusal.TOKEN_BUDGET) {
            throw new IllegalStateException("this measures refusal: " + reason);
          }
        }
      }
    }

    void drain() {
      job.close();
      stepped.settle();
      job = open();
      stepped.settle();
    }
  }

  @Benchmark
  public void crowd(Figures figures) throws Exception {
    var place = new Place(admits());
    var run = new Run(place, producers, admits() ? ADMITTED_WINDOW : REFUSED_WINDOW);
    try {
      double[] perSecond = new double[windows];
      for (int window = -WARMUP_WINDOWS; window < windows; window++) {
        double measured = run.window();
        if (window >= 0) {
          perSecond[window] = measured;
        }
      }
      Arrays.sort(perSecond);
      figures.opsPerSecond = perSecond[windows / 2];
    } finally {
      run.end();
      place.blocker.letGo();
    }
  }

  private boolean admits() {
    return switch (kind) {
      case "admitted" -> true;
      case "refused" -> false;
      default -> throw new IllegalArgumentException("no kind " + kind);
    };
  }

  /** The producers and their windows. */
  private static final class Run {
    private final Place place;
    private final int size;
    private final int portions;
    private final int producers;
    private final AtomicInteger awake = new AtomicInteger();
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CyclicBarrier start;
    private final CyclicBarrier end;
    private final List<Thread> threads = new ArrayList<>();
    private volatile long startNs;
    private volatile long endNs;
    private volatile boolean over;

    Run(Place place, int producers, int size) {
      this.place = place;
      this.size = size;
      portions = size / PORTION;
      this.producers = producers;
      start = new CyclicBarrier(producers + 1);
      end = new CyclicBarrier(producers + 1);
      for (int number = 0; number < producers; number++) {
        threads.add(Thread.ofPlatform().name("producer-" + number).start(this::produce));
      }
    }

    /** One window, and its drain; answers submissions a second. */
    double window() throws Exception {
      taken.set(0);
      done.set(0);
      awake.set(0);
      start.await();
      end.await();
      Throwable failed = failure.get();
      if (failed != null) {
        throw new IllegalStateException("a producer failed", failed);
      }
      double perSecond = size * SECOND_NS / (endNs - startNs);
      place.drain();
      return perSecond;
    }

    void end() throws Exception {
      over = true;
      start.await();
      for (Thread thread : threads) {
        thread.join();
      }
    }

    private void produce() {
      try {
        while (true) {
          start.await();
          if (over) {
            return;
          }
          awaitAll();
          submitPortions();
          end.await();
        }
      } catch (InterruptedException | BrokenBarrierException e) {
        failure.compareAndSet(null, e);
      }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yields, so that those who sleep can wake
    private void awaitAll() {
      if (awake.incrementAndGet() == producers) {
        startNs = System.nanoTime();
        awake.incrementAndGet();
      }
      while (awake.get() <= producers) {
        Thread.yield();
      }
    }

    private void submitPortions() {
      try {
        Job job = place.job;
        while (taken.getAndIncrement() < portions) {
          for (int i = 0; i < PORTION; i++) {
            place.submit(job);
          }
          if (done.incrementAndGet() == portions) {
            endNs = System.nanoTime();
          }
        }
      } catch (Throwable t) { // for who asked for the window
        failure.compareAndSet(null, t);
      }
    }
  }
}
