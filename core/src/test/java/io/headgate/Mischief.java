package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A headgate and all that its users may do to it, drawn at random: the threads' interleaving is
 * chance, their deeds are seeded. Any number of threads, {@code workers} by which they interrupt
 * each other.
 */
final class Mischief {
  private static final int PARTIES = 4;
  private static final int JOBS = 6;
  private static final int MAX_DEPTH = 4;

  final Headgate headgate;
  private final boolean careless;
  private final int timeoutMs;
  private final Consumer<Admitted<String>> admitted;
  private final AtomicReferenceArray<Thread> workers;
  private final AtomicReferenceArray<Agent> agents = new AtomicReferenceArray<>(PARTIES);
  private final AtomicReferenceArray<Target> targets = new AtomicReferenceArray<>(PARTIES);
  private final AtomicReferenceArray<Job> jobs = new AtomicReferenceArray<>(JOBS);
  private final AtomicReferenceArray<Admitted<String>> known = new AtomicReferenceArray<>(64);
  private final AtomicLong ids = new AtomicLong(PARTIES);
  private final AtomicLong executed = new AtomicLong();

  /**
   * @param maxJobs that may be open at once
   * @param careless whether some jobs are left open until their deadline, a minute, and what is
   *     removed may be in use elsewhere, and no call has time for more than a moment: in a long run
   *     hardly anything would be let in any more, and nothing complete
   * @param admitted is told of every handle, by any thread
   */
  Mischief(
      RandomGenerator seeds,
      int maxJobs,
      boolean careless,
      AtomicReferenceArray<Thread> workers,
      Consumer<Admitted<String>> admitted) {
    this.workers = workers;
    this.admitted = admitted;
    this.careless = careless;
    timeoutMs = careless ? 2 : 60;
    headgate =
        Headgate.builder()
            .maxInFlight(1 + seeds.nextInt(6))
            .maxWaiting(4 + seeds.nextInt(60))
            .maxSuspended(1 + seeds.nextInt(8))
            .maxJobs(maxJobs)
            .maxAgents(careless ? PARTIES + 1 : 3 * PARTIES)
            .maxTargets(careless ? PARTIES + 1 : 3 * PARTIES)
            .tokensPerMinute(600_000_000)
            .burstTokens(1_000 + seeds.nextInt(100_000))
            .listener((event, lost) -> sometimesThrow())
            .build();
    for (int i = 0; i < PARTIES; i++) {
      agents.set(i, headgate.agent("agent-" + i, a -> a.maxInFlight(1)));
      targets.set(
          i,
          headgate.target(
              "target-" + i,
              t -> t.timeout(ofMillis(timeoutMs + 1)).maxOutputTokens(50).price(1, 1)));
    }
    for (int i = 0; i < JOBS; i++) {
      jobs.set(i, headgate.job(j -> j.tokenBudget(100_000)));
    }
    Admitted<String> first =
        jobs.get(0)
            .submitOrThrow(
                Task.<String>of(agents.get(0), targets.get(0), Estimate.of(1, 1), a -> ""));
    admitted.accept(first);
    for (int i = 0; i < known.length(); i++) {
      known.set(i, first);
    }
  }

  private static void sometimesThrow() {
    if (ThreadLocalRandom.current().nextInt(100) == 0) {
      throw new IllegalStateException("a listener of a test");
    }
  }

  /**
   * Waits for rest, and finds each of the tasks accounted for.
   *
   * @param told handles that {@code admitted} was told of
   */
  Snapshot assertConserved(long told) {
    Until.conserved(headgate);
    Snapshot snapshot = headgate.snapshot();
    assertThat(snapshot.admitted()).isEqualTo(told + executed.get());
    assertThat(snapshot.outcomes().values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(snapshot.admitted());
    assertThat(snapshot.waiting() + snapshot.inFlight() + snapshot.openJobs()).isZero();
    assertThat(snapshot.suspended() + snapshot.overruns()).isZero();
    assertThat(snapshot.tokensReserved() + snapshot.moneyReservedNanos()).isZero();
    assertThat(headgate.counters().asMap()).containsEntry("ownErrors", 0L);
    return snapshot;
  }

  /** Submits one task. */
  void submit(SplittableRandom random) {
    record(random, anyJob(random).submit(task(random, 0)));
  }

  /** Does one thing. */
  void deed(SplittableRandom random) throws InterruptedException {
    switch (random.nextInt(24)) {
      case 0 -> anyKnown(random).cancel();
      case 1 -> anyKnown(random).join(ofNanos(random.nextInt(500_000)));
      case 2 -> anyKnown(random).toCompletableFuture().cancel(true);
      case 3 -> {
        var _ =
            anyKnown(random)
                .toCompletableFuture()
                .thenRun(
                    () -> {
                      throw new LinkageError("a dependent of a test");
                    });
      }
      case 4 -> workers.get(random.nextInt(workers.length())).interrupt();
      case 5 -> replaceJob(random);
      case 6 -> splitJob(random);
      case 7 -> tolerant(() -> reconfigure(random));
      case 8 -> tolerant(() -> replaceAgent(random));
      case 9 -> tolerant(() -> replaceTarget(random));
      case 10 -> {
        Snapshot s = headgate.snapshot();
        assertThat(s.outcomes().values().stream().mapToLong(Long::longValue).sum())
            .isLessThanOrEqualTo(s.admitted());
        assertThat(headgate.audit().violations()).isEmpty();
      }
      case 11 -> execute(random);
      case 12 -> record(random, anyJob(random).submit(task(random, 0), ofMillis(1)));
      default -> submit(random);
    }
  }

  // The end may come before.
  private static void tolerant(Runnable deed) {
    try {
      deed.run();
    } catch (IllegalStateException e) {
      assertThat(e.getMessage())
          .containsAnyOf("is closed", "was removed", "is known with", "are registered");
    }
  }

  private Job anyJob(RandomGenerator random) {
    return jobs.get(random.nextInt(JOBS));
  }

  private Admitted<String> anyKnown(RandomGenerator random) {
    return known.get(random.nextInt(known.length()));
  }

  private void record(RandomGenerator random, Admission<String> admission) {
    if (admission instanceof Admitted<String> handle) {
      admitted.accept(handle);
      known.set(random.nextInt(known.length()), handle);
    }
  }

  private void replaceJob(SplittableRandom random) {
    Duration deadline =
        random.nextBoolean() ? ofMillis(1 + random.nextInt(3 * timeoutMs)) : ofSeconds(60);
    long budget = 1L + random.nextInt(20_000);
    Job opened = headgate.job(j -> j.tokenBudget(budget).moneyBudget(1).deadline(deadline));
    Job before = jobs.getAndSet(random.nextInt(JOBS), opened);
    if (!careless || random.nextInt(3) > 0) {
      before.close();
    }
  }

  private void splitJob(SplittableRandom random) {
    Job parent = anyJob(random);
    long budget = 1L + random.nextInt(2_000);
    Job part =
        parent.split(
            "part-" + random.nextLong(Long.MAX_VALUE),
            j -> j.tokenBudget(budget).deadline(ofMillis(1 + random.nextInt(50))));
    for (int i = random.nextInt(4); i > 0; i--) {
      record(random, part.submit(task(random, 0)));
    }
    if (random.nextBoolean()) {
      part.close();
    }
  }

  private void reconfigure(SplittableRandom random) {
    int cap = 1 + random.nextInt(2);
    if (random.nextBoolean()) {
      agents
          .get(random.nextInt(PARTIES))
          .reconfigure(a -> a.maxInFlight(1).maxWaiting(1 + cap).weight(cap));
    } else {
      targets
          .get(random.nextInt(PARTIES))
          .reconfigure(
              t -> t.maxInFlight(1).timeout(ofMillis(cap * timeoutMs / 2)).maxOverruns(cap));
    }
  }

  private long another(RandomGenerator random) {
    return careless ? random.nextInt(2 * PARTIES) : ids.incrementAndGet();
  }

  private void replaceAgent(RandomGenerator random) {
    int i = random.nextInt(PARTIES);
    if (careless) {
      agents.get(i).remove();
    }
    Agent before = agents.getAndSet(i, headgate.agent("agent-" + another(random)));
    if (!careless) {
      before.remove();
    }
  }

  private void replaceTarget(RandomGenerator random) {
    int i = random.nextInt(PARTIES);
    if (careless) {
      targets.get(i).remove();
    }
    Target before =
        targets.getAndSet(
            i,
            headgate.target(
                "target-" + another(random),
                t -> t.timeout(ofMillis(timeoutMs)).maxOutputTokens(50).price(2, 1)));
    if (!careless) {
      before.remove();
    }
  }

  private void execute(SplittableRandom random) {
    ExecutorService view =
        anyJob(random)
            .executor(agents.get(random.nextInt(PARTIES)), targets.get(random.nextInt(PARTIES)));
    for (int i = random.nextInt(3); i >= 0; i--) {
      try {
        view.execute(() -> LockSupport.parkNanos(100_000));
        executed.incrementAndGet();
      } catch (RejectedExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(RefusedException.class);
      }
    }
    if (random.nextBoolean()) {
      view.shutdownNow();
    }
  }

  private Task<String> task(SplittableRandom random, int depth) {
    SplittableRandom own = random.split();
    Task<String> task =
        Task.<String>of(
                agents.get(random.nextInt(PARTIES)),
                targets.get(random.nextInt(PARTIES)),
                new Estimate(random.nextInt(100), random.nextInt(100), 0),
                attempt -> call(attempt, own, depth))
            .priority(Priority.values()[random.nextInt(3)]);
    return random.nextBoolean() ? task : task.ttl(ofNanos(1 + random.nextInt(5_000_000)));
  }

  private String call(Attempt attempt, SplittableRandom random, int depth) throws Exception {
    switch (random.nextInt(12)) {
      case 0 -> throw new IllegalStateException("a call of a test");
      case 1 -> throw new StackOverflowError("a call of a test");
      case 2 -> LockSupport.parkNanos(random.nextInt(6_000_000));
      case 3 -> stayDeaf(random.nextInt(6_000_000));
      case 4 -> attempt.usage(random.nextInt(300), random.nextInt(300));
      case 5 -> {
        while (attempt.charge(40) && random.nextInt(10) > 0) {
          Thread.onSpinWait();
        }
      }
      case 6 -> {
        attempt.onCancel(
            () -> {
              throw new IllegalStateException("a closeable of a test");
            });
        LockSupport.parkNanos(5_000_000);
      }
      case 7 -> anyKnown(random).join(); // circles, itself, its own ancestors
      case 8 -> anyKnown(random).join(ofNanos(random.nextInt(1_000_000)));
      case 9, 10 -> {
        if (depth < MAX_DEPTH) {
          for (int i = random.nextInt(3); i >= 0; i--) {
            Admission<String> child = attempt.submit(task(random, depth + 1));
            record(random, child);
            if (child instanceof Admitted<String> handle) {
              joinSomehow(handle, random);
            }
          }
        }
      }
      default -> attempt.usage(1, 1);
    }
    return "";
  }

  private static void joinSomehow(Admitted<String> handle, SplittableRandom random)
      throws InterruptedException {
    switch (random.nextInt(3)) {
      case 0 -> assertThat(handle.join()).isNotNull();
      case 1 -> handle.join(ofNanos(random.nextInt(2_000_000)));
      default -> handle.cancel();
    }
  }

  private static void stayDeaf(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(100_000);
      var _ = Thread.interrupted();
    }
  }
}
