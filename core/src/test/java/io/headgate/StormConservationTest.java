package io.headgate;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Eight threads submit by the million against small caps; in the end every figure adds up. */
@Timeout(300)
class StormConservationTest {
  private static final int SUBMISSIONS = 10_000_000;
  private static final int THREADS = 8;
  private static final int MAX_IN_FLIGHT = 4;
  private static final int MAX_WAITING = 64;
  private static final int CAP_OF_AGENT = 2;
  private static final int CAP_OF_TARGET = 3;
  private static final int AGENTS = 6;
  private static final int TARGETS = 3;
  private static final int SHARED_JOBS = 2;
  private static final int SUBMISSIONS_OF_JOB = 20_000;
  private static final long BUDGET = 8_000;

  /** Counts calls that run at once, by their own word. */
  private static final class Cap {
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    void enter() {
      int now = running.incrementAndGet();
      if (now > most.get()) {
        most.accumulateAndGet(now, Math::max);
      }
    }

    void leave() {
      running.decrementAndGet();
    }
  }

  /** What one thread saw. */
  private static final class Tally {
    long admitted;
    final Map<Refusal, Long> refusals = new EnumMap<>(Refusal.class);
    final Map<String, Long> outcomes = new TreeMap<>();
    final List<Job> jobs = new ArrayList<>();

    void add(Tally other) {
      admitted += other.admitted;
      other.refusals.forEach((reason, n) -> refusals.merge(reason, n, Long::sum));
      other.outcomes.forEach((name, n) -> outcomes.merge(name, n, Long::sum));
      jobs.addAll(other.jobs);
    }

    private static long sum(Map<?, Long> map) {
      return map.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private final Headgate headgate =
      Headgate.builder()
          .maxInFlight(MAX_IN_FLIGHT)
          .maxWaiting(MAX_WAITING)
          .tokensPerMinute(20_000_000)
          .burstTokens(2_000)
          .build();
  private final List<Agent> agents =
      IntStream.range(0, AGENTS)
          .mapToObj(
              i ->
                  headgate.agent(
                      "agent-" + i,
                      a ->
                          a.maxInFlight(CAP_OF_AGENT)
                              .maxWaiting(20)
                              .weight(1 + i)
                              .tokensPerMinute(4_000_000)
                              .burstTokens(500)))
          .toList();
  private final List<Target> targets =
      IntStream.range(0, TARGETS)
          .mapToObj(
              i ->
                  headgate.target(
                      "target-" + i,
                      t -> t.maxInFlight(CAP_OF_TARGET).maxOverruns(100).price(1, 3)))
          .toList();
  private final List<Job> shared =
      IntStream.range(0, SHARED_JOBS).mapToObj(i -> openJob(1_000 * BUDGET)).toList();
  private final Cap overall = new Cap();
  private final List<Cap> ofAgents = IntStream.range(0, AGENTS).mapToObj(i -> new Cap()).toList();
  private final List<Cap> ofTargets = IntStream.range(0, TARGETS).mapToObj(i -> new Cap()).toList();
  private final LongAdder ran = new LongAdder();
  private final LongAdder used = new LongAdder();

  private Job openJob(long budget) {
    return headgate.job(
        j -> j.tokenBudget(budget).moneyBudget(budget * 2e-6).deadline(ofMinutes(5)).maxTasks(40));
  }

  @Test
  void tenMillionSubmissionsEndConserved() throws Exception {
    Tally all = new Tally();
    all.jobs.addAll(shared);
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Callable<Tally>> work =
          IntStream.range(0, THREADS)
              .<Callable<Tally>>mapToObj(i -> () -> storm(i, SUBMISSIONS / THREADS))
              .toList();
      for (Future<Tally> each : threads.invokeAll(work)) {
        all.add(each.get());
      }
    }
    shared.forEach(Job::close);
    Until.conserved(headgate);
    Snapshot snapshot = headgate.snapshot();
    assertThat(all.admitted + Tally.sum(all.refusals)).isEqualTo(SUBMISSIONS);
    assertThat(all.admitted).isPositive();
    assertThat(Tally.sum(all.outcomes)).as("one outcome each").isEqualTo(all.admitted);
    assertThat(snapshot.admitted()).isEqualTo(all.admitted);
    assertThat(new TreeMap<>(snapshot.outcomes())).isEqualTo(all.outcomes);
    assertThat(snapshot.refusals()).isEqualTo(all.refusals);
    assertThat(snapshot.tokensReserved()).isZero();
    assertThat(snapshot.moneyReservedNanos()).isZero();

    long ended =
        all.outcomes.getOrDefault("Completed", 0L)
            + all.outcomes.getOrDefault("Failed", 0L)
            + all.outcomes.getOrDefault("CutOff", 0L);
    assertThat(ran.sum()).as("calls made").isGreaterThanOrEqualTo(ended);
    assertThat(snapshot.tokensSpent()).as("as the calls said").isEqualTo(used.sum());
    assertThat(all.jobs.stream().mapToLong(j -> j.settings().tokenBudget() - j.remainingTokens()))
        .as("spent of each budget")
        .allMatch(spent -> spent >= 0);
    assertThat(
            all.jobs.stream()
                .mapToLong(j -> j.settings().tokenBudget() - j.remainingTokens())
                .sum())
        .isEqualTo(snapshot.tokensSpent());
    assertThat(
            all.jobs.stream()
                .mapToLong(j -> j.settings().moneyBudgetNanos() - j.remainingMoneyNanos())
                .sum())
        .isEqualTo(snapshot.moneySpentNanos());

    assertThat(overall.most.get()).isBetween(1, MAX_IN_FLIGHT);
    assertThat(ofAgents).allSatisfy(c -> assertThat(c.most.get()).isBetween(1, CAP_OF_AGENT));
    assertThat(ofTargets).allSatisfy(c -> assertThat(c.most.get()).isBetween(1, CAP_OF_TARGET));

    assertThat(headgate.shutdown(ofSeconds(20))).isTrue();
    assertThat(headgate.audit()).isEqualTo(new Audit(true, List.of()));
    assertThat(headgate.counters().asMap())
        .containsEntry("admitted", all.admitted)
        .containsEntry("refused", Tally.sum(all.refusals))
        .containsEntry("completed", all.outcomes.getOrDefault("Completed", 0L))
        .containsEntry("failed", all.outcomes.getOrDefault("Failed", 0L))
        .containsEntry("cutOff", all.outcomes.getOrDefault("CutOff", 0L))
        .containsEntry("cancelled", all.outcomes.getOrDefault("Cancelled", 0L))
        .containsEntry("expired", all.outcomes.getOrDefault("Expired", 0L))
        .containsEntry("tokensSpent", used.sum())
        .containsEntry("ownErrors", 0L);
  }

  // One producer: mostly on jobs of its own that run dry, sometimes on a shared one.
  private Tally storm(int seed, int submissions) {
    var random = new SplittableRandom(seed);
    var tally = new Tally();
    Deque<Admitted<String>> open = new ArrayDeque<>();
    Job own = null;
    for (int i = 0; i < submissions; i++) {
      if (own == null || i % SUBMISSIONS_OF_JOB == 0) {
        if (own != null) {
          own.close();
        }
        own = openJob(BUDGET);
        tally.jobs.add(own);
      }
      Job job = random.nextInt(4) == 0 ? shared.get(random.nextInt(SHARED_JOBS)) : own;
      switch (job.submit(task(random))) {
        case Admitted<String> handle -> {
          tally.admitted++;
          open.add(handle);
          if (random.nextInt(50) == 0) {
            handle.cancel();
          }
        }
        case Refused<String> refused -> {
          tally.refusals.merge(refused.reason(), 1L, Long::sum);
          if (i % 64 == 0) {
            Thread.yield(); // so that most of the time there is something to let in
          }
        }
      }
      while (!open.isEmpty() && open.peek().outcome().isPresent()) {
        count(tally, open.poll());
      }
    }
    for (Admitted<String> handle : open) {
      Until.isTrue("its outcome", () -> handle.outcome().isPresent());
      count(tally, handle);
    }
    if (own != null) {
      own.close();
    }
    return tally;
  }

  private static void count(Tally tally, Admitted<String> handle) {
    String name = handle.outcome().orElseThrow().getClass().getSimpleName();
    tally.outcomes.merge(name, 1L, Long::sum);
  }

  private Task<String> task(SplittableRandom random) {
    int agent = random.nextInt(AGENTS);
    int target = random.nextInt(TARGETS);
    int kind = random.nextInt(8);
    int input = random.nextInt(20);
    int output = random.nextInt(20);
    Task<String> task =
        Task.<String>of(
                agents.get(agent),
                targets.get(target),
                Estimate.of(input, output),
                attempt -> {
                  ran.increment();
                  overall.enter();
                  ofAgents.get(agent).enter();
                  ofTargets.get(target).enter();
                  try {
                    return call(attempt, kind, input, output);
                  } finally {
                    ofTargets.get(target).leave();
                    ofAgents.get(agent).leave();
                    overall.leave();
                  }
                })
            .priority(Priority.values()[random.nextInt(3)]);
    return random.nextInt(8) == 0 ? task.ttl(ofNanos(50_000)) : task;
  }

  // Returns at once; spends less than it reserved, all of it, or a little more by charging.
  private String call(Attempt attempt, int kind, int input, int output) {
    switch (kind) {
      case 0 -> {
        attempt.usage(input / 2, output / 2);
        used.add(input / 2 + output / 2);
      }
      case 1 -> {
        if (output > 0) {
          assertThat(attempt.charge(output)).isTrue();
        }
        used.add(input + output);
      }
      case 2 -> {
        attempt.usage(0, 0);
        throw new IllegalStateException("from a test");
      }
      default -> used.add(input + output);
    }
    return "";
  }
}
