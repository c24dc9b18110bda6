package io.headgate.bench.storm;

import io.headgate.bench.storm.StormSubject.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
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
 * The latency of {@code submit} while producers, platform threads, offer ten times what the system
 * can run or more, with the provider half out ({@link Provider}). The figures are {@link Figures};
 * JMH's own score is how long the storm lasted and means nothing.
 *
 * <p>One thread warms up alone, and the storm blows for half a second before it is measured.
 *
 * <p>Flat out, each submits as fast as it can, and the histogram is of the call's service time: a
 * producer that is held up offers less, and a thread that loses its CPU inside the call shows it.
 * Paced, all together offer {@code rate} a second on a fixed schedule. Then the service time is
 * corrected as HdrHistogram does it: a call longer than its thread's interval stands for those that
 * should have been made meanwhile. Beside it, {@code intended...} counts from the time the schedule
 * wanted; that holds the timer's lateness too, 50 µs and more under Linux and a whole slice where
 * cores are short, so it says something only beside {@code noop} under the same schedule.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@State(Scope.Benchmark)
public class SubmitStorm {
  private static final double SECOND_NS = 1e9;
  private static final long START_NS = 50_000_000;
  private static final long LEAD_NS = 500_000_000;
  private static final long WARMUP_INTERVAL_NS = 1_000;
  private static final double LEAST_LAST_GATE = 0.5;
  private static final double LEAST_OFFERED = 8;

  /** Threads that submit. */
  @Param({"2", "8", "64", "200"})
  public int producers;

  /** What they submit to. */
  @Param({
    "noop",
    "headgate",
    "semaphore",
    "threadPool",
    "resilience4j",
    "failsafe",
    "concurrencyLimits",
    "sentinel"
  })
  public String system = "";

  /** As fast as they can, or by a schedule. */
  @Param({"flat", "paced"})
  public String pace = "";

  /** What is offered a second by schedule, all producers together. */
  @Param("100000")
  public int rate;

  /** How long it is measured. */
  @Param("3")
  public double seconds;

  /** How long one thread alone submits before the storm, to be compiled. */
  @Param("1")
  public double warmupSeconds;

  /** Made by JMH. */
  public SubmitStorm() {}

  /** What the storm showed. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Figures {
    public double p50Ns;
    public double p99Ns;
    public double p999Ns;
    public double maxNs;

    /** From the schedule's time; zero when there is none. */
    public double intendedP50Ns;

    public double intendedP99Ns;
    public double intendedP999Ns;
    public double intendedMaxNs;

    /** Calls submitted. */
    public double offered;

    public double admitted;
    public double refused;

    /** The share that passed or came to the last gate. */
    public double lastGate;

    /** Calls that the provider began meanwhile. */
    public double ran;

    /** Made by JMH. */
    public Figures() {}
  }

  private StormSubject subject(Provider provider) {
    return switch (system) {
      case "noop" -> new NoopStorm();
      case "headgate" -> new HeadgateStorm(provider);
      case "semaphore" -> new SemaphoreStorm(provider);
      case "threadPool" -> new ThreadPoolStorm(provider);
      case "resilience4j" -> new Resilience4jStorm(provider);
      case "failsafe" -> new FailsafeStorm(provider);
      case "concurrencyLimits" -> new ConcurrencyLimitsStorm(provider);
      case "sentinel" -> new SentinelStorm(provider);
      default -> throw new IllegalArgumentException("no system " + system);
    };
  }

  @Benchmark
  public void storm(Figures figures) throws InterruptedException {
    var provider = new Provider();
    try (StormSubject subject = subject(provider)) {
      storm(subject, provider, figures);
    }
    check(figures);
  }

  private void storm(StormSubject subject, Provider provider, Figures figures)
      throws InterruptedException {
    warmUp(subject);
    long startNs = System.nanoTime() + START_NS;
    long measureNs = startNs + LEAD_NS;
    long endNs = measureNs + (long) (seconds * SECOND_NS);
    long intervalNs = intervalNs();
    List<Producer> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int number = 0; number < producers; number++) {
      // Each a little later than the one before, so that the schedule of all together is even.
      long offsetNs = intervalNs * number / producers;
      var producer =
          new Producer(
              subject, number, startNs + offsetNs, measureNs, endNs + offsetNs, intervalNs);
      all.add(producer);
      threads.add(Thread.ofPlatform().name("producer-" + number).start(producer));
    }
    LockSupport.parkNanos(measureNs - System.nanoTime());
    int before = provider.calls();
    for (Thread thread : threads) {
      thread.join();
    }
    figure(all, figures);
    // Where producers take all CPUs, this thread may have come late to the count before.
    figures.ran = Math.max(provider.calls() - before, figures.admitted);
  }

  // Before the storm, so that it does not measure the interpreter.
  private void warmUp(StormSubject subject) {
    long startNs = System.nanoTime();
    long halfNs = (long) (warmupSeconds * SECOND_NS / 2);
    long middleNs = startNs + halfNs;
    new Producer(subject, 0, startNs, startNs, middleNs, 0).run();
    new Producer(subject, 0, middleNs, middleNs, middleNs + halfNs, WARMUP_INTERVAL_NS).run();
  }

  private long intervalNs() {
    return switch (pace) {
      case "flat" -> 0;
      case "paced" -> (long) (SECOND_NS * producers / rate);
      default -> throw new IllegalArgumentException("no pace " + pace);
    };
  }

  private static void figure(List<Producer> producers, Figures figures) {
    Histogram service = Producer.histogram();
    Histogram intended = Producer.histogram();
    long refusedLast = 0;
    for (Producer producer : producers) {
      Throwable failure = producer.failure;
      if (failure != null) {
        throw new IllegalStateException("a producer failed", failure);
      }
      service.add(producer.service);
      intended.add(producer.intended);
      long last = producer.count(Answer.REFUSED_LAST);
      refusedLast += last;
      figures.admitted += producer.count(Answer.ADMITTED);
      figures.refused += last + producer.count(Answer.REFUSED_EARLIER);
    }
    figures.offered = figures.admitted + figures.refused;
    figures.lastGate = (figures.admitted + refusedLast) / figures.offered;
    figures.p50Ns = service.getValueAtPercentile(50);
    figures.p99Ns = service.getValueAtPercentile(99);
    figures.p999Ns = service.getValueAtPercentile(99.9);
    figures.maxNs = service.getMaxValue();
    figures.intendedP50Ns = intended.getValueAtPercentile(50);
    figures.intendedP99Ns = intended.getValueAtPercentile(99);
    figures.intendedP999Ns = intended.getValueAtPercentile(99.9);
    figures.intendedMaxNs = intended.getMaxValue();
  }

  private void check(Figures figures) {
    if (!(figures.lastGate >= LEAST_LAST_GATE)) {
      throw new IllegalStateException(
          "only " + figures.lastGate + " of the calls came to the last gate: this measures others");
    }
    if (system.equals("noop")) {
      return;
    }
    if (figures.admitted == 0 || figures.refused == 0) {
      throw new IllegalStateException(
          figures.admitted + " admitted and " + figures.refused + " refused: this is no storm");
    }
    if (figures.offered < LEAST_OFFERED * figures.ran) {
      throw new IllegalStateException(
          figures.offered + " offered and " + figures.ran + " ran: this is no storm");
    }
  }
}
