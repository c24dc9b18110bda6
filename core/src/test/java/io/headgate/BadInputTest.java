package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input is told with value, bound and mend; the Headgate works on and is conserved. */
@Timeout(60)
class BadInputTest {
  private final Headgate headgate =
      Headgate.builder().maxInFlight(8).maxWaiting(16).tokensPerMinute(10_000_000).build();
  private final Agent agent = headgate.agent("agent");
  private final Target model = headgate.target("model", t -> t.maxOutputTokens(100));
  private final Job job = headgate.job("job", j -> j.tokenBudget(1_000));

  @AfterEach
  void stillWorksAndIsConserved() throws Exception {
    try (headgate) {
      Job fresh = headgate.job(j -> j.tokenBudget(10));
      Task<String> task = Task.<String>of(agent, model, Estimate.of(5, 5), attempt -> "fine");
      assertThat(fresh.submitOrThrow(task).join()).isEqualTo(new Outcome.Completed<>("fine"));
      assertThat(fresh.remainingTokens()).isZero();
      fresh.close();
      job.close();
      Rest.assertConserved(headgate);
    }
  }

  private static void assertBad(ThrowingCallable act, String value, String bound, String mend) {
    assertThatThrownBy(act)
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(value, bound, mend);
  }

  private static void assertNull(ThrowingCallable act, String name, String mend) {
    assertThatThrownBy(act)
        .isExactlyInstanceOf(NullPointerException.class)
        .hasMessageContainingAll(name, "null", mend);
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a careless caller passes
  private static <T> T nil() {
    return null;
  }

  private static <S> S toNull(S settings) {
    return nil();
  }

  private Task<String> task(Estimate estimate) {
    return Task.of(agent, model, estimate, attempt -> "done");
  }

  @Test
  void capsAboveTheOverallOnes() {
    assertBad(
        () -> headgate.agent("a", a -> a.maxInFlight(9)),
        "agent's maxInFlight is 9",
        "maxInFlight of the whole Headgate is 8",
        "lower the one or raise the other");
    assertBad(
        () -> headgate.agent("a", a -> a.maxWaiting(17)),
        "agent's maxWaiting is 17",
        "maxWaiting of the whole Headgate is 16",
        "lower the one");
    assertBad(
        () -> headgate.agent("a", a -> a.tokensPerMinute(10_000_001)),
        "agent's tokensPerMinute is 10000001",
        "tokensPerMinute of the whole Headgate is 10000000",
        "lower the one");
    assertBad(
        () -> headgate.target("t", t -> t.maxInFlight(9)),
        "target's maxInFlight is 9",
        "maxInFlight of the whole Headgate is 8",
        "lower the one");
    assertBad(() -> agent.reconfigure(a -> a.maxInFlight(9)), "is 9", "is 8", "lower the one");
    assertBad(() -> model.reconfigure(t -> t.maxInFlight(9)), "is 9", "is 8", "lower the one");
    assertThat(agent.settings()).as("left as it was").isEqualTo(AgentSettings.DEFAULT);
    assertThat(model.settings().maxInFlight()).isEqualTo(AgentSettings.UNLIMITED);
    assertThat(headgate.snapshot().agents()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\u0000b", "a\nb", "a\u001b[31m", "a b", "a\u007f", "\ud83d\ude00", "a\ud800"})
  void idsWithOtherCharacters(String id) {
    String codePoint =
        id.chars()
            .filter(c -> !Character.isLetterOrDigit((char) c))
            .mapToObj("U+%04X"::formatted)
            .findFirst()
            .orElseThrow();
    for (ThrowingCallable act : registrations(id)) {
      assertThatThrownBy(act)
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(codePoint, "only letters, digits and -_.:/@#+", "replace it")
          .hasMessageNotContainingAny(id);
    }
  }

  @Test
  void idsOfOtherLengths() {
    for (ThrowingCallable act : registrations("")) {
      assertBad(act, "id has 0 characters", "from 1 to 128", "use a short name or a hash");
    }
    for (ThrowingCallable act : registrations("x".repeat(129))) {
      assertBad(act, "id has 129 characters", "from 1 to 128", "use a short name or a hash");
    }
    for (ThrowingCallable act : registrations(nil())) {
      assertNull(act, "id is null", "give it 1 to 128 characters");
    }
    assertThat(headgate.agent("é-_.:/@#+9".repeat(12)).id()).hasSize(120);
    assertThat(headgate.agent("y".repeat(128)).id()).hasSize(128);
  }

  private ThrowingCallable[] registrations(String id) {
    Job closed = headgate.job(j -> j);
    closed.close();
    Rest.until(() -> headgate.snapshot().openJobs() == 1);
    Job refusing = closed.split("orphan", j -> j);
    return new ThrowingCallable[] {
      () -> headgate.agent(id),
      () -> headgate.target(id),
      () -> headgate.job(id, j -> j),
      () -> job.split(id, j -> j),
      () -> refusing.split(id, j -> j)
    };
  }

  @Test
  void nullEverywhere() throws Exception {
    assertNull(() -> headgate.agent("a", nil()), "agent's settings function", "give one");
    assertNull(
        () -> headgate.agent("a", BadInputTest::toNull), "function answered", "changed copy");
    assertNull(() -> headgate.target("t", nil()), "target's settings function", "give one");
    assertNull(
        () -> headgate.target("t", BadInputTest::toNull), "function answered", "changed copy");
    assertNull(() -> headgate.job("j", nil()), "job's settings function", "give one");
    assertNull(() -> headgate.job("j", BadInputTest::toNull), "function answered", "changed copy");
    assertNull(() -> headgate.job(nil()), "job's settings function", "give one");
    assertNull(() -> headgate.job(BadInputTest::toNull), "function answered", "changed copy");
    assertNull(() -> job.split("s", nil()), "sub-job's settings function", "give one");
    assertNull(() -> job.split("s", BadInputTest::toNull), "function answered", "changed copy");
    assertNull(() -> agent.reconfigure(nil()), "agent's settings function", "give one");
    assertNull(() -> agent.reconfigure(BadInputTest::toNull), "function answered", "changed copy");
    assertNull(() -> model.reconfigure(nil()), "target's settings function", "give one");
    assertNull(() -> model.reconfigure(BadInputTest::toNull), "function answered", "changed copy");
    assertNull(() -> job.submit(nil()), "task is null", "Task.of");
    assertNull(() -> job.submitOrThrow(nil()), "task is null", "Task.of");
    assertNull(() -> job.submit(nil(), ofMillis(1)), "task is null", "Task.of");
    assertNull(() -> job.submit(task(Estimate.UNKNOWN), nil()), "maxWait is null", "ZERO");
    assertNull(() -> job.executor(nil(), model), "agent is null", "headgate.agent(id)");
    assertNull(() -> job.executor(agent, nil()), "target is null", "headgate.target(id)");
    assertNull(() -> headgate.shutdown(nil()), "drain is null", "Duration.ZERO");
    assertNull(() -> Task.of(nil(), model, a -> ""), "task's agent", "headgate.agent(id)");
    assertNull(() -> Task.of(agent, nil(), a -> ""), "task's target", "headgate.target(id)");
    assertNull(() -> Task.of(agent, model, nil(), a -> ""), "task's estimate", "UNKNOWN");
    assertNull(() -> Task.of(agent, model, nil()), "task's call", "the work");
    assertNull(() -> task(Estimate.UNKNOWN).priority(nil()), "task's priority", "NORMAL");
    assertNull(() -> task(Estimate.UNKNOWN).ttl(nil()), "task's ttl", "give a time");
    Refused<?> refused = Rest.refused(job.submit(task(Estimate.of(1_001, 0))));
    assertNull(() -> job.explain(nil(), refused), "task is null", "Task.of");
    assertNull(() -> job.explain(task(Estimate.UNKNOWN), nil()), "refused is null", "submit");
    Admitted<String> handle =
        job.submitOrThrow(
            Task.<String>of(
                agent,
                model,
                attempt -> {
                  assertNull(() -> attempt.submit(nil()), "task is null", "Task.of");
                  assertNull(() -> attempt.onCancel(nil()), "closeable is null", "give");
                  assertBad(() -> attempt.charge(-1), "charge is -1", "from 0 to", "check");
                  assertBad(
                      () -> attempt.charge(Long.MAX_VALUE), "9223372036854775807", "0 to", "check");
                  assertBad(() -> attempt.usage(-1, 0), "input is -1", "from 0 to", "check");
                  assertBad(
                      () -> attempt.usage(0, 1_000_000_001), "is 1000000001", "0 to", "check");
                  return "checked";
                }));
    assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("checked"));
    assertNull(() -> handle.join(nil()), "timeout is null", "join()");
  }

  @Test
  void nullOnAJobThatRefuses() {
    Job refusing = job.split("greedy", j -> j.tokenBudget(2_000));
    assertThat(refusing.isOpen()).isFalse();
    assertNull(() -> refusing.submit(nil()), "task is null", "Task.of");
    assertNull(() -> refusing.submit(task(Estimate.UNKNOWN), nil()), "maxWait is null", "ZERO");
    assertNull(() -> refusing.split("s", nil()), "settings function", "give one");
    assertNull(() -> refusing.executor(nil(), model), "agent is null", "headgate.agent(id)");
  }

  @Test
  void ttlOutOfBounds() throws Exception {
    assertBad(() -> task(Estimate.UNKNOWN).ttl(Duration.ZERO), "ttl is PT0S", "PT0.0", "longer");
    assertBad(() -> task(Estimate.UNKNOWN).ttl(ofSeconds(-1)), "ttl is PT-1S", "PT0.0", "longer");
    Duration beyond = ofSeconds(Long.MAX_VALUE);
    assertBad(() -> task(Estimate.UNKNOWN).ttl(beyond), "ttl is PT", "PT8760H", "shorter");
    for (long nanos : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE - 1}) {
      assertBad(
          () ->
              new Task<>(
                  agent,
                  model,
                  Estimate.UNKNOWN,
                  a -> "",
                  Priority.NORMAL,
                  nanos,
                  Task.NO_ARGUMENTS,
                  true,
                  false,
                  false),
          "ttlNanos is " + nanos,
          "from 1 to",
          "use a");
    }
    Task<String> longest = task(Estimate.of(1, 1)).ttl(Duration.ofDays(365));
    assertThat(job.submitOrThrow(longest).join()).isEqualTo(new Outcome.Completed<>("done"));
  }

  @Test
  void agentsAndTargetsOfAnotherHeadgate() {
    try (var other = Headgate.builder().build()) {
      Agent foreignAgent = other.agent("stranger");
      Target foreignTarget = other.target("elsewhere");
      String bound = "must belong to this one";
      for (Job each : new Job[] {job, job.split("refusing", j -> j.tokenBudget(2_000))}) {
        assertBad(
            () -> each.submit(Task.of(foreignAgent, model, a -> "")),
            "agent stranger belongs to another Headgate",
            bound,
            "use what this one's agent(id) answers");
        assertBad(
            () -> each.submit(Task.of(agent, foreignTarget, a -> "")),
            "target elsewhere belongs to another Headgate",
            bound,
            "use what this one's target(id) answers");
        assertBad(() -> each.executor(foreignAgent, model), "agent stranger", bound, "use what");
        assertBad(() -> each.executor(agent, foreignTarget), "target elsewhere", bound, "use what");
      }
      assertThat(other.audit().violations()).isEmpty();
    }
  }

  @Test
  void agentsAndTargetsMadeByTheUser() {
    Agent mine =
        new Agent() {
          @Override
          public String id() {
            throw new IllegalStateException("not to be asked");
          }

          @Override
          public AgentSettings settings() {
            return AgentSettings.DEFAULT;
          }

          @Override
          public void reconfigure(UnaryOperator<AgentSettings> change) {}

          @Override
          public void remove() {}
        };
    assertBad(
        () -> job.submit(Task.of(mine, model, a -> "")),
        "agent is a " + mine.getClass().getName() + ", made by no Headgate",
        "must belong to this one",
        "use what this one's agent(id) answers");
  }

  @Test
  void taskOfAClosedJob() {
    job.close();
    assertThat(Rest.refused(job.submit(task(Estimate.UNKNOWN))))
        .isEqualTo(new Refused<>(Refusal.JOB_CLOSED, Duration.ZERO));
    assertThatThrownBy(() -> job.submitOrThrow(task(Estimate.UNKNOWN)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("JOB_CLOSED", "open a new job")
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }

  @Test
  void estimateAboveTheBudgetAndTheBurst() {
    Refused<?> budget = Rest.refused(job.submit(task(Estimate.of(900, 101))));
    assertThat(budget).isEqualTo(new Refused<>(Refusal.TOKEN_BUDGET, Duration.ZERO));
    assertThat(job.explain(task(Estimate.of(900, 101)), budget))
        .contains("needs 1,001 tokens", "has 1,000 of its 1,000 left", "smaller estimate");
    Job wide = headgate.job(j -> j);
    Task<String> huge = task(Estimate.of(10_000_000, 1));
    Refused<?> burst = Rest.refused(wide.submit(huge));
    assertThat(burst).isEqualTo(new Refused<>(Refusal.EXCEEDS_BURST, Duration.ZERO));
    assertThat(wide.explain(huge, burst))
        .contains("needs 10,000,001 tokens", "all agents 10,000,000", "raise burstTokens");
    wide.close();
    assertThat(job.remainingTokens()).isEqualTo(1_000);
  }

  @Test
  void deadlineThatHasPassed() throws Exception {
    Job brief = headgate.job("brief", j -> j.deadline(ofMillis(1)));
    Rest.until(() -> brief.remaining().isZero());
    // Admission reads a time that is one turn of the dispatcher old: it may let a late one in, but
    // its call never runs. PassedDeadlineTest has the refusal, in stepped time.
    var ran = new AtomicBoolean();
    Task<String> late =
        Task.<String>of(
            agent,
            model,
            attempt -> {
              ran.set(true);
              return "late";
            });
    if (brief.submit(late) instanceof Admitted<String> handle) {
      assertThat(handle.join().valueOrNull()).isNull();
    }
    Rest.until(() -> !brief.isOpen());
    assertThat(Rest.refused(brief.split("child", j -> j).submit(task(Estimate.UNKNOWN))).reason())
        .isEqualTo(Refusal.JOB_CLOSED);
    Rest.until(() -> headgate.snapshot().inFlight() == 0);
    assertThat(ran).isFalse();
  }

  @Test
  void negativeWaitsAreNone() throws Exception {
    var release = new CountDownLatch(1);
    Admitted<String> handle =
        job.submitOrThrow(
            Task.<String>of(
                agent,
                model,
                attempt -> {
                  release.await();
                  return "";
                }));
    assertThat(handle.join(ofSeconds(-1))).isEmpty();
    assertThat(handle.join(ofSeconds(Long.MIN_VALUE))).isEmpty();
    release.countDown();
    assertThat(handle.join(ofSeconds(Long.MAX_VALUE))).contains(new Outcome.Completed<>(""));
  }
}
