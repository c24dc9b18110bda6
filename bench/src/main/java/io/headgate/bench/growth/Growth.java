package io.headgate.bench.growth;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.runtime.SteppedHeadgate;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.infra.Blackhole;

/**
 * What {@code submit}, a dispatch and a snapshot cost against how many agents, jobs or waiting
 * tasks there are, and the heap of each. The figures are {@link Figures}; JMH's own score is the
 * whole run and means nothing.
 *
 * <p>With {@code size} agents there is one job, with {@code size} jobs one agent, else one of each;
 * {@code size} tasks wait always, beside {@value #BURST} that run. A turn submits a burst on agents
 * or jobs taken at random (clocked), lets the dispatcher take it in (clocked), ends the calls that
 * run, waits until all their threads are over, and lets the dispatcher take in the ends, each of
 * which starts the next task (clocked). So {@code size} tasks wait again. Figures are of the median
 * turn.
 *
 * <p>The reference is {@link Walk}, clocked in the same turns, over records as large as what an
 * agent, a job or a waiting task holds. {@code walkNs}, for a submission, touches the lines of its
 * agent or job that a submission does: of an agent, its task value, gate, settings, room, bucket,
 * rate, and the two padded words, eight; of a job, two of its own and its padded word, three; what
 * waits it does not touch, but a slot of the ring and the fresh handle, two, which lie in the order
 * of their use. {@code dispatchWalkNs}, for a task's two inputs together, goes down two heaps (the
 * queue and the timers; with many agents four: agents by tokens served, and the flows of the
 * target, too) and touches six lines of a record: entry, nodes, handle and what it belongs to. All
 * else that grows, grows beyond the reference.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@State(Scope.Benchmark)
public class Growth {
  static final int BURST = 256;

  private static final int FILL = 128;
  private static final int MAX_TASKS = 500_000;
  private static final long RATE = 1_000_000_000;
  private static final long JOB_TOKENS = 1_000_000_000_000L;
  private static final int HALF_CALL = 500;
  private static final int TASKS = 1_024;
  private static final int LEAST_TTL_S = 10_000;
  private static final int MOST_TTL_S = 80_000;
  private static final int SNAPSHOTS = 15;
  private static final int COLLECTIONS = 3;
  private static final int LEAST_FOR_HEAP = 1_000;
  private static final int DISPATCH_LINES = 6;
  private static final double MICRO_NS = 1e3;

  /** What there are many of. */
  @Param({"agents", "jobs", "waiting"})
  public String what = "";

  /** How many. */
  @Param({"10", "1000", "100000"})
  public int size;

  /** Turns measured, after as many for warming up. */
  @Param("400")
  public int turns;

  /** Made by JMH. */
  public Growth() {}

  /** What it cost. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Figures {
    /** One admitted submission. */
    public double submitNs;

    /** One input of the dispatcher's: the mean of the two that follow. */
    public double dispatchNs;

    /** An admitted task that has to wait. */
    public double admittedInputNs;

    /** An attempt's end, with the start of the next task. */
    public double endedInputNs;

    /** The reference of {@link #submitNs}. */
    public double walkNs;

    /** The reference of {@link #dispatchNs}, per input. */
    public double dispatchWalkNs;

    /** One snapshot. */
    public double snapshotMicros;

    /** Heap of one more; zero where there are too few to tell. Of a waiting task: with handle. */
    public double bytesPerAgent;

    public double bytesPerJob;
    public double bytesPerWaitingTask;

    /** Heap of an empty Headgate with these bounds: ring and tables. */
    public double bytesOfTables;

    /** Made by JMH. */
    public Figures() {}
  }

  private final SplittableRandom random = new SplittableRandom(4711);
  private final List<Agent> agents = new ArrayList<>();
  private final List<Job> jobs = new ArrayList<>();
  private final List<Task<String>> tasks = new ArrayList<>();
  private final int[] picks = new int[BURST];
  private volatile Calls calls = new Calls();

  /** The calls of one generation, which end together. */
  private static final class Calls {
    final CountDownLatch end = new CountDownLatch(1);
    final CountDownLatch begun = new CountDownLatch(BURST);
    final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  }

  private String call(Attempt attempt) throws InterruptedException {
    Calls mine = calls;
    attempt.usage(0, 0);
    mine.threads.add(Thread.currentThread());
    mine.begun.countDown();
    mine.end.await();
    return "";
  }

  @Benchmark
  public void growth(Figures figures, Blackhole blackhole) throws InterruptedException {
    long before = usedHeap();
    var stepped = new SteppedHeadgate(settings());
    figures.bytesOfTables = usedHeap() - before;
    register(stepped, figures);
    fill(stepped, figures);
    turns(stepped, figures, blackhole);
    figures.snapshotMicros = snapshotMicros(stepped.headgate());
    calls.end.countDown();
    for (Job job : jobs) {
      job.close();
      stepped.settle();
    }
  }

  private int many(String of) {
    return what.equals(of) ? size : 1;
  }

  private HeadgateSettings settings() {
    return HeadgateSettings.DEFAULT
        .maxInFlight(BURST)
        .begunPercent(0)
        .maxWaiting(Math.max(HeadgateSettings.DEFAULT.maxWaiting(), size + 2 * BURST))
        .maxAgents(Math.max(HeadgateSettings.DEFAULT.maxAgents(), size))
        .maxJobs(Math.max(HeadgateSettings.DEFAULT.maxJobs(), size))
        .tokensPerMinute(RATE);
  }

  private void register(SteppedHeadgate stepped, Figures figures) {
    Headgate headgate = stepped.headgate();
    Target target = headgate.target("target", t -> t.maxInFlight(BURST));
    long before = usedHeap();
    for (int i = 0; i < many("agents"); i++) {
      agents.add(headgate.agent("agent-" + i, a -> a.tokensPerMinute(RATE)));
      stepped.settle();
    }
    figures.bytesPerAgent = perOne("agents", before);
    before = usedHeap();
    for (int i = 0; i < many("jobs"); i++) {
      jobs.add(headgate.job("job-" + i, Growth::settings));
      stepped.settle();
    }
    figures.bytesPerJob = perOne("jobs", before);
    // Many lives to live, so that what waits is no sorted list.
    for (int i = 0; i < Math.max(TASKS, agents.size()); i++) {
      tasks.add(
          Task.<String>of(
                  agents.get(i % agents.size()),
                  target,
                  Estimate.of(HALF_CALL, HALF_CALL),
                  this::call)
              .ttl(Duration.ofSeconds(random.nextInt(LEAST_TTL_S, MOST_TTL_S))));
    }
  }

  // The first calls run as long as the tables fill, and the wait that is foreseen is long by that.
  private static JobSettings settings(JobSettings from) {
    return from.tokenBudget(JOB_TOKENS).maxTasks(MAX_TASKS).deadline(Duration.ofDays(1));
  }

  private double perOne(String of, long before) {
    return what.equals(of) && size >= LEAST_FOR_HEAP ? (double) (usedHeap() - before) / size : 0;
  }

  private void fill(SteppedHeadgate stepped, Figures figures) throws InterruptedException {
    submit(stepped, BURST);
    calls.begun.await();
    long before = usedHeap();
    submit(stepped, size);
    figures.bytesPerWaitingTask =
        size >= LEAST_FOR_HEAP ? (double) (usedHeap() - before) / size : 0;
  }

  // One for each agent or job, as far as it goes.
  private void submit(SteppedHeadgate stepped, int count) {
    for (int i = 0; i < count; i++) {
      submit(i);
      if (i % FILL == 0) {
        stepped.settle();
      }
    }
    stepped.settle();
  }

  private void submit(int pick) {
    var admission = jobs.get(pick % jobs.size()).submit(tasks.get(pick % tasks.size()));
    if (!(admission instanceof Admitted<String>)) {
      throw new IllegalStateException("this measures refusal: " + admission);
    }
  }

  private void turns(SteppedHeadgate stepped, Figures figures, Blackhole blackhole)
      throws InterruptedException {
    boolean ofAgents = what.equals("agents");
    int linesOfRecord = ofAgents ? 32 : what.equals("jobs") ? 16 : 8;
    int submitLines = ofAgents ? 8 : what.equals("jobs") ? 3 : 2;
    int heaps = ofAgents ? 4 : 2;
    var walk = new Walk(size, linesOfRecord);
    double[] submit = new double[turns];
    double[] admitted = new double[turns];
    double[] ended = new double[turns];
    double[] walked = new double[turns];
    double[] dispatchWalked = new double[turns];
    for (int turn = -turns; turn < turns; turn++) {
      int at = Math.max(0, turn);
      pick();

      long start = System.nanoTime();
      for (int pick : picks) {
        submit(pick);
      }
      submit[at] = perOp(start);

      start = System.nanoTime();
      for (int pick : picks) {
        walk.touch(pick % size, submitLines);
      }
      walked[at] = perOp(start);

      start = System.nanoTime();
      stepped.settle();
      admitted[at] = perOp(start);

      endCalls();

      start = System.nanoTime();
      stepped.settle();
      ended[at] = perOp(start);

      start = System.nanoTime();
      for (int pick : picks) {
        for (int heap = 0; heap < heaps; heap++) {
          walk.descend(pick * 0x9E3779B97F4A7C15L + heap);
        }
        walk.touch(pick % size, DISPATCH_LINES);
      }
      dispatchWalked[at] = perOp(start);

      calls.begun.await();
    }
    blackhole.consume(walk.seen());
    figures.submitNs = median(submit);
    figures.admittedInputNs = median(admitted);
    figures.endedInputNs = median(ended);
    figures.dispatchNs = (figures.admittedInputNs + figures.endedInputNs) / 2;
    figures.walkNs = median(walked);
    figures.dispatchWalkNs = median(dispatchWalked) / 2;
  }

  private void pick() {
    for (int i = 0; i < BURST; i++) {
      picks[i] = random.nextInt(Math.max(size, TASKS));
    }
  }

  // The next generation's calls begin once the dispatcher has taken in these ends.
  private void endCalls() throws InterruptedException {
    Calls over = calls;
    if (over.threads.size() != BURST) {
      throw new IllegalStateException(over.threads.size() + " run, not " + BURST);
    }
    calls = new Calls();
    over.end.countDown();
    for (Thread thread : over.threads) {
      thread.join();
    }
  }

  private static double perOp(long startNs) {
    return (double) (System.nanoTime() - startNs) / BURST;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double snapshotMicros(Headgate headgate) {
    double[] micros = new double[SNAPSHOTS];
    for (int i = -SNAPSHOTS; i < SNAPSHOTS; i++) {
      long start = System.nanoTime();
      var snapshot = headgate.snapshot();
      micros[Math.max(0, i)] = (System.nanoTime() - start) / MICRO_NS;
      if (snapshot.inFlight() != BURST) {
        throw new IllegalStateException(snapshot.inFlight() + " run, not " + BURST);
      }
    }
    return median(micros);
  }

  private static long usedHeap() {
    var memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < COLLECTIONS; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}
