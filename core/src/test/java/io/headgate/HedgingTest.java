package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Second attempts beside slow ones, on the real runtime. */
@Timeout(60)
final class HedgingTest {
  private static final HedgePolicy SOON = HedgePolicy.DEFAULT.minDelay(Duration.ZERO);

  private static void learn(Job job, Agent agent, Target target) throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      var _ = job.submitOrThrow(Task.of(agent, target, attempt -> "quick")).join();
    }
  }

  @Test
  void theSecondAnswersAndTheFirstIsInterrupted() throws Exception {
    var events = new ConcurrentLinkedQueue<HeadgateEvent>();
    var interrupted = new CountDownLatch(1);
    try (var headgate = Headgate.builder().listener((event, lost) -> events.add(event)).build()) {
      Agent agent = headgate.agent("agent");
      Target target = headgate.target("model", t -> t.hedge(SOON));
      try (Job job = headgate.job("job", j -> j.tokenBudget(100_000))) {
        learn(job, agent, target);
        long left = job.remainingTokens();
        ConcurrentLinkedQueue<Long> ids = new ConcurrentLinkedQueue<>();
        Admitted<String> handle =
            job.submitOrThrow(
                Task.of(
                        agent,
                        target,
                        Estimate.of(100, 50),
                        attempt -> {
                          attempt.usage(7, 0);
                          ids.add(attempt.taskId());
                          if (attempt.number() == 1) {
                            try {
                              new CountDownLatch(1).await();
                            } finally {
                              interrupted.countDown();
                            }
                          }
                          return "answer " + attempt.number();
                        })
                    .idempotent(true));
        assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("answer 2"));
        interrupted.await();
        assertThat(ids).containsExactly(handle.id(), handle.id());
        Rest.until(() -> job.remainingTokens() == left - 2 * 7);
      }
      Snapshot.Party party = headgate.snapshot().targets().get(0);
      assertThat(party.hedges()).isEqualTo(1);
      assertThat(party.hedgesWon()).isEqualTo(1);
      assertThat(party.started()).isEqualTo(22);
      assertThat(headgate.snapshot().outcomes()).containsEntry("Completed", 21L);
      Rest.until(() -> headgate.counters().asMap().get("hedgesWon") == 1);
      assertThat(headgate.counters().asMap().get("hedges")).isEqualTo(1);
      Rest.assertConserved(headgate);
    }
    assertThat(events.stream().filter(HeadgateEvent.Hedge.class::isInstance)).hasSize(2);
  }

  @Test
  void aJobWithoutTokensGetsNone() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target target = headgate.target("model", t -> t.hedge(SOON).timeout(Duration.ofMillis(300)));
      try (Job job = headgate.job("learns", j -> j)) {
        learn(job, agent, target);
      }
      var calls = new AtomicInteger();
      try (Job job = headgate.job("poor", j -> j.tokenBudget(200))) {
        Outcome<String> outcome =
            job.submitOrThrow(
                    Task.<String>of(
                            agent,
                            target,
                            Estimate.of(100, 50),
                            attempt -> {
                              calls.incrementAndGet();
                              new CountDownLatch(1).await();
                              return "";
                            })
                        .idempotent(true))
                .join();
        assertThat(outcome).isInstanceOf(Outcome.TimedOut.class);
      }
      assertThat(calls).hasValue(1);
      assertThat(headgate.snapshot().targets().get(0).hedges()).isZero();
      Rest.assertConserved(headgate);
    }
  }

  @Test
  void inAStormNothingIsLostAndNothingEndsTwice() throws Exception {
    try (var headgate = Headgate.builder().maxInFlight(24).maxWaiting(400).build()) {
      List<Agent> agents = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        agents.add(headgate.agent("agent-" + i, a -> a.maxInFlight(12)));
      }
      Target target =
          headgate.target(
              "model",
              t ->
                  t.hedge(SOON.percentile(60))
                      .retry(
                          RetryPolicy.DEFAULT
                              .backoff(Duration.ofMillis(1), Duration.ofMillis(2))
                              .budget(100, 1_000)
                              .watermarkPercent(100))
                      .timeout(Duration.ofMillis(200))
                      .breaker(BreakerPolicy.OFF)
                      .agentBreaker(BreakerPolicy.OFF));
      var completed = new AtomicInteger();
      try (var threads = Executors.newFixedThreadPool(4)) {
        List<Future<?>> submitters = new ArrayList<>();
        for (int s = 0; s < 4; s++) {
          int seed = s;
          submitters.add(
              threads.submit(
                  () -> {
                    storm(headgate, agents, target, new SplittableRandom(seed), completed);
                    return null;
                  }));
        }
        for (Future<?> each : submitters) {
          each.get();
        }
      }
      Rest.assertConserved(headgate);
      Snapshot.Party party = headgate.snapshot().targets().get(0);
      assertThat(party.hedges()).isPositive();
      assertThat(party.hedgesWon()).isPositive().isLessThanOrEqualTo(party.hedges());
      assertThat(completed.get()).isPositive();
    }
  }

  private static void storm(
      Headgate headgate,
      List<Agent> agents,
      Target target,
      SplittableRandom random,
      AtomicInteger completed)
      throws InterruptedException {
    for (int j = 0; j < 12; j++) {
      List<Admitted<Integer>> handles = new ArrayList<>();
      try (Job job = headgate.job(o -> o.tokenBudget(60_000))) {
        for (int i = 0; i < 50; i++) {
          long slowNs = random.nextInt(10) == 0 ? 30_000_000 : random.nextInt(2_000_000);
          boolean fails = random.nextInt(6) == 0;
          int expected = i;
          Task<Integer> task =
              Task.<Integer>of(
                      agents.get(random.nextInt(agents.size())),
                      target,
                      Estimate.of(100, 100),
                      attempt -> {
                        long untilNs = System.nanoTime() + slowNs / attempt.number();
                        while (System.nanoTime() < untilNs) {
                          if (Thread.interrupted()) {
                            throw new InterruptedException();
                          }
                          LockSupport.parkNanos(untilNs - System.nanoTime());
                        }
                        if (fails && attempt.number() == 1) {
                          throw new IOException("reset");
                        }
                        return expected;
                      })
                  .idempotent(random.nextInt(8) > 0);
          if (job.submit(task, Duration.ofMillis(50)) instanceof Admitted<Integer> handle) {
            handles.add(handle);
            if (random.nextInt(16) == 0) {
              var _ = handle.cancel();
            }
          }
        }
        for (Admitted<Integer> handle : random.nextInt(4) == 0 ? handles.subList(0, 5) : handles) {
          if (handle.join() instanceof Outcome.Completed<Integer>) {
            completed.incrementAndGet();
          }
        }
      } // some are closed with calls under way
      for (Admitted<Integer> handle : handles) {
        var _ = handle.join();
      }
    }
  }
}
