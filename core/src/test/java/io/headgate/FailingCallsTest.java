package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Retries and breakers on the real runtime: what a host sees of them. */
final class FailingCallsTest {
  private static final RetryPolicy RETRY =
      RetryPolicy.DEFAULT.backoff(Duration.ofMillis(1), Duration.ofMillis(5)).budget(100, 1_000);

  private static Outcome<String> join(Admission<String> admission) throws InterruptedException {
    return switch (admission) {
      case Admitted<String> handle -> handle.join();
      case Refused<String> refused -> throw new AssertionError(refused);
    };
  }

  @Test
  void aCallThatFailsOnceIsMadeAgainAndItsHandleEndsOnce() throws Exception {
    var events = new ConcurrentLinkedQueue<HeadgateEvent>();
    try (var headgate = Headgate.builder().listener((event, lost) -> events.add(event)).build()) {
      Agent agent = headgate.agent("agent");
      Target target = headgate.target("model", t -> t.retry(RETRY));
      var calls = new AtomicInteger();
      try (Job job = headgate.job("job", j -> j.tokenBudget(10_000))) {
        Outcome<String> outcome =
            join(
                job.submit(
                    Task.of(
                        agent,
                        target,
                        Estimate.of(100, 50),
                        attempt -> {
                          attempt.usage(10, 5);
                          if (calls.incrementAndGet() < 3) {
                            throw new IOException("reset");
                          }
                          return "answer " + attempt.number();
                        })));
        assertThat(outcome).isEqualTo(new Outcome.Completed<>("answer 3"));
        assertThat(job.remainingTokens()).isEqualTo(10_000 - 3 * 15);
      }
      Snapshot snapshot = headgate.snapshot();
      assertThat(snapshot.targets().get(0).retries()).isEqualTo(2);
      assertThat(snapshot.targets().get(0).started()).isEqualTo(3);
      assertThat(snapshot.outcomes()).containsEntry("Completed", 1L);
      assertThat(headgate.audit().isSound()).isTrue();
    }
    assertThat(events.stream().filter(e -> e instanceof HeadgateEvent.Retry)).hasSize(2);
  }

  @Test
  void theLastFailureIsTheOutcome() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target target = headgate.target("model", t -> t.retry(RETRY));
      try (Job job = headgate.job(j -> j)) {
        Outcome<String> outcome =
            join(
                job.submit(
                    Task.of(
                        agent,
                        target,
                        attempt -> {
                          throw new IOException("number " + attempt.number());
                        })));
        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
        assertThat(((Outcome.Failed<String>) outcome).cause()).hasMessage("number 3");
      }
    }
  }

  @Test
  void aBadAnswerMayBeAskedForAgainAndIsStillTheAnswer() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Classifier strict =
          (value, failure) ->
              CallEnd.of(
                  "{}".equals(value)
                      ? CallClass.OK
                      : failure == null ? CallClass.BAD_ANSWER : CallClass.FATAL);
      Target target =
          headgate.target(
              "model",
              t ->
                  t.classifier(strict)
                      .retry(RETRY.retried(java.util.Set.of(CallClass.BAD_ANSWER))));
      try (Job job = headgate.job(j -> j)) {
        assertThat(
                join(
                    job.submit(
                        Task.of(agent, target, attempt -> attempt.number() == 2 ? "{}" : "oops"))))
            .isEqualTo(new Outcome.Completed<>("{}"));
        assertThat(join(job.submit(Task.of(agent, target, attempt -> "oops"))))
            .isEqualTo(new Outcome.Completed<>("oops"));
      }
    }
  }

  @Test
  void whatFailedBelowIsNotTriedAgainAbove() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target tool = headgate.target("tool", t -> t.retry(RETRY));
      Target model = headgate.target("model", t -> t.retry(RETRY));
      var below = new AtomicInteger();
      var above = new AtomicInteger();
      try (Job job = headgate.job(j -> j)) {
        Outcome<String> outcome =
            join(
                job.submit(
                    Task.of(
                        agent,
                        model,
                        attempt -> {
                          above.incrementAndGet();
                          Outcome<String> child =
                              join(
                                  attempt.submit(
                                      Task.of(
                                          agent,
                                          tool,
                                          inner -> {
                                            below.incrementAndGet();
                                            throw new IOException("reset");
                                          })));
                          throw new IOException("because of " + child);
                        })));
        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
      }
      assertThat(below).hasValue(3);
      assertThat(above).hasValue(1);
    }
  }

  @Test
  void anAgentWhoseCallsFailIsCutOffWithAReasonAndOthersAreNot() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent bad = headgate.agent("bad");
      Agent good = headgate.agent("good");
      Target tool = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
      try (Job job = headgate.job(j -> j)) {
        Task<String> fine = Task.of(good, tool, attempt -> "fine");
        Task<String> broken =
            Task.of(
                bad,
                tool,
                attempt -> {
                  throw new IllegalStateException("broken");
                });
        Refusal reason = null;
        for (int call = 0; call < 100 && reason == null; call++) {
          join(job.submit(fine));
          switch (job.submit(broken)) {
            case Admitted<String> handle -> handle.join();
            case Refused<String> refused -> {
              reason = refused.reason();
              assertThat(refused.retryAfter())
                  .isBetween(
                      Duration.ofMillis(1), Duration.ofSeconds(16)); // spread over 2.5 times 6.25 s
              assertThat(job.explain(broken, refused)).contains("bad").contains("tool");
            }
          }
        }
        assertThat(reason).isEqualTo(Refusal.AGENT_CUT_OFF);
        assertThat(join(job.submit(fine))).isEqualTo(new Outcome.Completed<>("fine"));
      }
      Snapshot snapshot = headgate.snapshot();
      assertThat(snapshot.agents().get(0).cutOffFrom()).containsExactly("tool");
      assertThat(snapshot.targets().get(0).breaker()).isEqualTo("CLOSED");
      assertThat(snapshot.toString()).contains("bad from tool");
    }
  }

  @Test
  void retryAfterPausesTheTargetForEverybody() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target model = headgate.target("model", t -> t.maxPause(Duration.ofHours(1)));
      try (Job job = headgate.job(j -> j)) {
        Outcome<String> outcome =
            join(
                job.submit(
                    Task.of(
                        agent,
                        model,
                        attempt -> {
                          throw new CallException(CallClass.REJECTED, Duration.ofHours(1), "429");
                        })));
        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
        var _ = headgate.snapshot(); // behind the attempt's end
        Admission<String> next = job.submit(Task.of(agent, model, attempt -> "too early"));
        assertThat(next).isInstanceOf(Refused.class);
        assertThat(((Refused<String>) next).reason()).isEqualTo(Refusal.TARGET_UNAVAILABLE);
        assertThat(((Refused<String>) next).retryAfter()).isGreaterThan(Duration.ofMinutes(59));
        assertThat(headgate.snapshot().targets().get(0).breaker()).isEqualTo("PAUSED");
      }
    }
  }

  @Test
  void norIsWhatHadFailedBelowBeforeAnybodyAsked() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target model = headgate.target("model", t -> t.retry(RETRY));
      Target parent = headgate.target("parent", t -> t.retry(RETRY));
      var runs = new AtomicInteger();
      try (Job job = headgate.job(j -> j)) {
        Task<String> child =
            Task.of(
                agent,
                model,
                attempt -> {
                  throw new IOException("down");
                });
        Outcome<String> outcome =
            join(
                job.submit(
                    Task.of(
                        agent,
                        parent,
                        attempt -> {
                          runs.incrementAndGet();
                          var handle = (Admitted<String>) attempt.submit(child);
                          Rest.until(() -> handle.outcome().isPresent());
                          throw new IOException("child: " + handle.join());
                        })));
        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
        assertThat(runs).hasValue(1);
      }
    }
  }
}
