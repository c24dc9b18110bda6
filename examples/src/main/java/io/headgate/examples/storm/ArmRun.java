package io.headgate.examples.storm;

import io.headgate.examples.storm.arm.Arm;
import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.measure.Cpu;
import io.headgate.examples.storm.measure.Recorder;
import io.headgate.examples.storm.measure.Sample;
import io.headgate.examples.storm.provider.Bill;
import io.headgate.examples.storm.provider.Capacity;
import io.headgate.examples.storm.provider.ModelKind;
import io.headgate.examples.storm.provider.ModelProvider;
import io.headgate.examples.storm.workload.Phase;
import io.headgate.examples.storm.workload.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * One arm's way through the storm, with a provider of its own.
 *
 * <p>Three threads: the caller's offers the jobs on time, whatever the arm does (an open loop), one
 * samples the gauges, and the arm has its own.
 */
final class ArmRun {
  /** Makes an arm that calls the provider and reports to the recorder. */
  @FunctionalInterface
  interface ArmFactory {
    Arm create(ModelProvider provider, Recorder recorder);
  }

  private static final long SAMPLE_NANOS = 100_000_000L;
  private static final int SAMPLES_A_LINE = 10;

  /** A hung-up client's request lives on for the moment that the provider needs to notice. */
  private static final int SAMPLES_OF_GRACE = 1;

  /** Longer than that takes, so that its bill is in the books. */
  private static final long REST_NANOS = 2_000_000_000L;

  private final Scenario scenario;
  private final Workload workload;
  private final Consumer<LiveLine> live;
  private final LongAdder tokensUseful = new LongAdder();
  private final List<Sample> samples = new ArrayList<>();
  private int overCapInRow;
  private int longestOverCap;
  private volatile boolean over;

  private ArmRun(Scenario scenario, Workload workload, Consumer<LiveLine> live) {
    this.scenario = scenario;
    this.workload = workload;
    this.live = live;
  }

  static ArmResult run(
      Scenario scenario, Workload workload, ArmFactory factory, Consumer<LiveLine> live)
      throws IOException {
    return new ArmRun(scenario, workload, live).run(factory);
  }

  private ArmResult run(ArmFactory factory) throws IOException {
    try (var provider = new ModelProvider(scenario.provider(), workload.seed())) {
      var recorder =
          new Recorder(
              System.nanoTime(),
              job -> tokensUseful.add(billed(provider, job.plan().id()).tokens()));
      try (var arm = factory.create(provider, recorder)) {
        var cpu = new Cpu.Meter();
        var sampler =
            Thread.ofPlatform()
                .daemon()
                .name("storm-sampler")
                .start(() -> sample(arm, provider, recorder, cpu));
        try {
          offerAll(arm, recorder);
          arm.finish(scenario.drain());
        } finally {
          over = true;
          join(sampler);
        }
        awaitRest(provider);
        return result(arm, provider, recorder, cpu);
      }
    }
  }

  private void offerAll(Arm arm, Recorder recorder) {
    for (var job : workload.jobs()) {
      sleepUntil(recorder, job.arrivalNanos());
      recorder.jobOffered();
      arm.offer(job);
    }
    sleepUntil(recorder, workload.timeline().endNanos());
  }

  private void sample(Arm arm, ModelProvider provider, Recorder recorder, Cpu.Meter cpu) {
    int finishedBefore = 0;
    int offeredBefore = 0;
    for (int i = 1; !over; i++) {
      sleepUntil(recorder, i * SAMPLE_NANOS);
      var phase = workload.timeline().at(recorder.now());
      provider.outage(phase == Phase.DURING ? scenario.outShare() : 0);
      var sample = sample(arm, provider, recorder.now());
      samples.add(sample);
      if (i % SAMPLES_A_LINE == 0) {
        arm.sampled();
        int finished = recorder.jobsFinishedSoFar();
        int offered = recorder.jobsOfferedSoFar();
        live.accept(
            new LiveLine(
                arm.name(),
                phase,
                sample,
                offered - offeredBefore,
                finished - finishedBefore,
                cpu.tick()));
        finishedBefore = finished;
        offeredBefore = offered;
      }
    }
  }

  private Sample sample(Arm arm, ModelProvider provider, long now) {
    overCapInRow = provider.inFlight() > arm.capInFlight() ? overCapInRow + 1 : 0;
    longestOverCap = Math.max(longestOverCap, overCapInRow);
    return new Sample(
        now,
        arm.inFlight(),
        arm.waiting(),
        provider.queued(),
        provider.billed().tokens(),
        tokensUseful.sum(),
        provider.dollars());
  }

  private ArmResult result(Arm arm, ModelProvider provider, Recorder recorder, Cpu.Meter cpu) {
    var stats = provider.stats();
    long ofLosers = 0;
    long useful = 0;
    var inTime = new HashSet<Integer>();
    for (var job : recorder.jobsInTime()) {
      inTime.add(job.plan().id());
      useful += billed(provider, job.plan().id()).tokens();
    }
    var loops = new HashSet<Integer>();
    long ofLoops = 0;
    for (var job : workload.jobs()) {
      if (job.loops()) {
        loops.add(job.id());
        ofLoops += billed(provider, job.id()).tokens();
      }
    }
    for (var attempt : recorder.attemptsLost()) {
      long tokens = provider.billedOfAttempt(attempt.attempt()).tokens();
      ofLosers += tokens;
      ofLoops -= loops.contains(attempt.job()) ? tokens : 0;
      useful -= inTime.contains(attempt.job()) ? tokens : 0;
    }
    var closing =
        new ArmResult.Closing(
            arm.name(),
            arm.maxInFlight(),
            arm.maxWaiting(),
            stats,
            provider.dollars(),
            useful,
            ofLosers,
            ofLoops,
            servedAtBest(arm.models()),
            cpu.total(),
            samples,
            arm.policies(),
            arm.notes(),
            violations(arm));
    return ArmResult.of(closing, recorder, workload.timeline());
  }

  /** Capacity over the mean work of a job: the jobs that the surge brings, but for loops. */
  private double servedAtBest(Set<ModelKind> models) {
    var capacity = new Capacity(scenario.provider(), scenario.outShare());
    var timeline = workload.timeline();
    double work =
        workload.jobs().stream()
            .filter(job -> !job.loops() && timeline.at(job.arrivalNanos()) == Phase.DURING)
            .mapToDouble(
                job ->
                    job.calls().stream()
                        .mapToDouble(c -> capacity.work(c.promptTokens(), c.completionTokens()))
                        .sum())
            .average()
            .orElse(Double.NaN);
    return capacity.workPerSecond(models) / work;
  }

  private List<String> violations(Arm arm) {
    var violations = new ArrayList<>(arm.violations());
    if (longestOverCap > SAMPLES_OF_GRACE) {
      violations.add("the provider saw more than %d calls at once".formatted(arm.capInFlight()));
    }
    return violations;
  }

  private static void awaitRest(ModelProvider provider) {
    long until = System.nanoTime() + REST_NANOS;
    while (provider.inFlight() > 0 && System.nanoTime() < until) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static Bill billed(ModelProvider provider, int job) {
    return provider.billed(String.valueOf(job));
  }

  private static void sleepUntil(Recorder recorder, long nanos) {
    for (long left = nanos - recorder.now(); left > 0; left = nanos - recorder.now()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
