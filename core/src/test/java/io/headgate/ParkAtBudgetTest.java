package io.headgate;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.DegradationPolicy.Rung;
import io.headgate.OperatorAnswer.Done;
import io.headgate.OperatorAnswer.Impossible;
import io.headgate.Outcome.Cancellation;
import io.headgate.ParkPolicy.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of a budget need not be the end of the work. */
@Timeout(60) // who is not let go on would be waited for without end
final class ParkAtBudgetTest {
  private static final By KIM = new By("kim", "it is worth it");
  private static final ParkPolicy HELD = ParkPolicy.atBudget().then(Action.REFUSE, ofHours(1));

  private final ConcurrentLinkedQueue<HeadgateEvent> events = new ConcurrentLinkedQueue<>();
  private final Headgate headgate =
      Headgate.builder()
          .maxParked(64)
          .maxInFlight(8)
          .listener((event, lost) -> events.add(event))
          .build();
  private final Operator operator = headgate.operator();
  private final Agent agent = headgate.agent("agent");
  private final Target model = headgate.target("model", t -> t.price(1, 1));

  @AfterEach
  void close() {
    headgate.close();
    Rest.assertConserved(headgate);
  }

  private Job job(UnaryOperator<JobSettings> change) {
    return headgate.job("job", j -> change.apply(j.parkAtBudget(HELD)));
  }

  private Task<String> task(int tokens) {
    return Task.of(
        agent,
        model,
        Estimate.of(tokens, 0),
        attempt -> {
          attempt.usage(tokens, 0);
          return "done";
        });
  }

  private static Admitted<String> admitted(Admission<String> admission) {
    return switch (admission) {
      case Admitted<String> handle -> handle;
      case Refused<String> refused -> throw new AssertionError(refused);
    };
  }

  @Test
  void itIsListedWithWhatItLacksAndGoesOnWhenSomebodyRaisesTheBudget() throws Exception {
    try (Job job = job(j -> j.tokenBudget(1_000).moneyBudget(0.001))) {
      assertThat(admitted(job.submit(task(800))).join()).isInstanceOf(Outcome.Completed.class);
      Admitted<String> handle = admitted(job.submit(task(600)));
      ParkedTask parked = operator.parked().get(0);
      assertThat(parked)
          .extracting(
              ParkedTask::reason,
              ParkedTask::tokens,
              ParkedTask::moneyNanos,
              ParkedTask::wantedTokens,
              ParkedTask::wantedMoneyNanos)
          .containsExactly(ParkReason.BUDGET, 0L, 0L, 600L, 600_000L);
      Snapshot snapshot = headgate.snapshot();
      assertThat(snapshot.parked()).isEqualTo(1);
      assertThat(snapshot.inFlight()).isZero();
      // They are told every so often, and not at each turn.
      Until.isTrue("counted as parked", () -> headgate.counters().asMap().get("parked") == 1L);
      assertThat(job.remainingTokens()).isEqualTo(200);

      assertThat(operator.tokenBudget("job", 1_399, KIM)).isInstanceOf(Done.class);
      assertThat(operator.moneyBudget("job", 1, KIM)).isInstanceOf(Done.class);
      assertThat(operator.parked()).as("one token is missing").hasSize(1);
      assertThat(operator.tokenBudget("job", 1_400, KIM)).isInstanceOf(Done.class);
      assertThat(operator.parked()).isEmpty();
      assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("done"));
      assertThat(job.spending().tokensSpent()).isEqualTo(1_400);
      assertThat(job.remainingTokens()).isZero();
    }
    headgate.close();
    assertThat(events)
        .anyMatch(e -> e instanceof HeadgateEvent.Parked p && p.reason() == ParkReason.BUDGET)
        .anyMatch(e -> e instanceof HeadgateEvent.Unparked u && u.by().equals("FUNDED"));
  }

  @Test
  void whatOthersGiveBackLetsItGoOnToo() throws Exception {
    var release = new CountDownLatch(1);
    try (Job job = job(j -> j.tokenBudget(1_000))) {
      Task<String> large =
          Task.of(
              agent,
              model,
              Estimate.of(900, 0),
              attempt -> {
                release.await();
                attempt.usage(100, 0);
                return "large";
              });
      Admitted<String> first = admitted(job.submit(large));
      Admitted<String> second = admitted(job.submit(task(500)));
      Admitted<String> third = admitted(job.submit(task(850)));
      assertThat(operator.parked()).extracting(ParkedTask::taskId).contains(second.id());
      release.countDown();
      assertThat(first.join()).isInstanceOf(Outcome.Completed.class);
      assertThat(second.join()).isInstanceOf(Outcome.Completed.class);
      assertThat(operator.parked()).extracting(ParkedTask::taskId).containsExactly(third.id());
    }
  }

  @Test
  void whoseWaitingTasksAreCancelledGivesTheirTokensToWhoIsParked() throws Exception {
    var release = new CountDownLatch(1);
    Target narrow = headgate.target("narrow", t -> t.maxInFlight(1));
    try (Job job = job(j -> j.tokenBudget(1_000))) {
      Task<String> holds =
          Task.of(
              agent,
              narrow,
              Estimate.of(400, 0),
              attempt -> {
                release.await();
                return "";
              });
      admitted(job.submit(holds));
      Admitted<String> waits = admitted(job.submit(holds));
      Admitted<String> parked = admitted(job.submit(task(500)));
      assertThat(operator.parked()).hasSize(1);
      assertThat(waits.cancel()).isTrue();
      assertThat(parked.join()).isEqualTo(new Outcome.Completed<>("done"));
      release.countDown();
    }
  }

  @Test
  void anApprovalPaysIfItCanAndSaysWhatIsMissingIfNot() throws Exception {
    try (Job job = job(j -> j.tokenBudget(1_000))) {
      Admitted<String> handle = admitted(job.submit(task(1_500)));
      assertThat(operator.approve(handle.id(), KIM))
          .isInstanceOfSatisfying(
              Impossible.class,
              answer ->
                  assertThat(answer.why())
                      .contains(
                          "needs 1,500 tokens", "job job has 1,000 tokens left; raise its budget"));
      assertThat(operator.refuse(handle.id(), KIM)).isInstanceOf(Done.class);
      assertThat(handle.join()).isEqualTo(new Outcome.Cancelled<>(Cancellation.DECLINED));
    }
  }

  @Test
  void ifNobodyRaisesItTheTaskEndsWithTheBudgetAsItsCause() throws Exception {
    try (Job job =
        job(
            j ->
                j.tokenBudget(1_000)
                    .parkAtBudget(ParkPolicy.atBudget().then(Action.REFUSE, ofMillis(5))))) {
      Task<String> task = task(1_500);
      assertThat(admitted(job.submit(task)).join())
          .isEqualTo(new Outcome.Cancelled<>(Cancellation.BUDGET));
      assertThat(job.explainCancelled(task, Cancellation.BUDGET))
          .startsWith("BUDGET: needs 1,500 tokens, but job job has 1,000 of its 1,000 left. ");
      assertThat(job.explainCancelled(task, Cancellation.CALLER)).contains("1,000 tokens");
    }
  }

  @Test
  void itIsAskedBeforeAnAnswerIsGivenThatCostsNothing() throws Exception {
    Target ladder =
        headgate.target(
            "ladder",
            t ->
                t.price(1, 1)
                    .degradation(
                        DegradationPolicy.of(
                            Rung.of("large", 100), Rung.of("small", 20), Rung.ofStatic("sorry"))));
    Task<Integer> task = Task.of(agent, ladder, Estimate.of(1_000, 0), attempt -> attempt.rung());
    ParkPolicy degrades = ParkPolicy.atBudget().then(Action.DEGRADE, ofMillis(5));
    try (Job small = job(j -> j.moneyBudget(0.000_3));
        Job none = headgate.job(j -> j.moneyBudget(0.000_1).parkAtBudget(degrades));
        Job held = headgate.job("held", j -> j.moneyBudget(0.000_1).parkAtBudget(HELD))) {
      assertThat(small.submitOrThrow(task).join())
          .as("the small model is covered")
          .isEqualTo(new Outcome.Completed<>(1, 1));
      assertThat(none.submitOrThrow(task).join())
          .as("nobody came")
          .isEqualTo(new Outcome.Completed<>(2, 2));
      Admitted<Integer> waits = held.submitOrThrow(task);
      assertThat(operator.parked()).hasSize(1);
      assertThat(operator.moneyBudget("held", 0.000_25, KIM)).isInstanceOf(Done.class);
      assertThat(waits.join())
          .as("raised enough for that")
          .isEqualTo(new Outcome.Completed<>(1, 1));
    }
  }

  @Test
  void aRetryThatIsNotCoveredWaitsForARaise() throws Exception {
    var calls = new AtomicInteger();
    Target flaky =
        headgate.target(
            "flaky",
            t ->
                t.retry(RetryPolicy.DEFAULT.backoff(ofMillis(1), ofMillis(1)))
                    .breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF));
    try (Job job = job(j -> j.tokenBudget(1_000))) {
      Admitted<String> handle =
          job.submitOrThrow(
              Task.of(
                  agent,
                  flaky,
                  Estimate.of(700, 0),
                  attempt -> {
                    attempt.usage(700, 0);
                    if (calls.incrementAndGet() == 1) {
                      throw new CallException(CallClass.UNAVAILABLE, "try again");
                    }
                    return "second";
                  }));
      Rest.until(() -> operator.parked().size() == 1);
      assertThat(calls.get()).isEqualTo(1);
      assertThat(operator.tokenBudget("job", 1_400, KIM)).isInstanceOf(Done.class);
      assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("second"));
    }
  }

  @Test
  void whereNoMoreMayBeParkedItIsRefusedAsWithoutTheRule() {
    try (Job job = job(j -> j.tokenBudget(1_000))) {
      for (int i = 0; i < 64; i++) {
        admitted(job.submit(task(2_000)));
      }
      assertThat(operator.parked()).hasSize(64);
      assertThat(Rest.refused(job.submit(task(2_000))).reason()).isEqualTo(Refusal.TOKEN_BUDGET);
      assertThat(operator.refuse(operator.parked().get(0).taskId(), KIM)).isInstanceOf(Done.class);
      admitted(job.submit(task(2_000)));
    }
  }

  @Test
  void whatItsAgentMaySpendInAllStaysHard() throws Exception {
    Agent limited = headgate.agent("limited", a -> a.spending(l -> l.tokens(1_000)));
    try (Job job = job(j -> j.tokenBudget(500));
        Job other = headgate.job(j -> j)) {
      Admitted<String> parked = admitted(job.submit(of(limited, task(600))));
      assertThat(admitted(other.submit(of(limited, task(800)))).join())
          .isInstanceOf(Outcome.Completed.class);
      assertThat(operator.tokenBudget("job", 5_000, KIM)).isInstanceOf(Done.class);
      assertThat(operator.approve(parked.id(), KIM)).isInstanceOf(Impossible.class);
      assertThat(job.remainingTokens()).as("nothing was kept").isEqualTo(5_000);
      limited.reconfigure(a -> a.spending(l -> l.tokens(1_399)));
      assertThat(operator.parked()).as("one token is missing").hasSize(1);
      limited.reconfigure(a -> a.spending(l -> l.tokens(1_400)));
      assertThat(parked.join()).isInstanceOf(Outcome.Completed.class);
    }
  }

  private static Task<String> of(Agent agent, Task<String> task) {
    return Task.of(agent, task.target(), task.estimate(), task.call());
  }

  @Test
  void anAgentsRaisedLimitWakesItsOwnAndNobodyElses() throws Exception {
    Agent limited = headgate.agent("limited", a -> a.spending(l -> l.tokens(1_000)));
    Agent poor = headgate.agent("poor", a -> a.spending(l -> l.tokens(1_000)));
    try (Job job = job(j -> j.tokenBudget(500));
        Job other = headgate.job(j -> j)) {
      Admitted<String> waits = admitted(job.submit(of(limited, task(600))));
      Admitted<String> others = admitted(job.submit(of(poor, task(600))));
      for (Agent each : List.of(limited, poor)) {
        assertThat(admitted(other.submit(of(each, task(800)))).join())
            .isInstanceOf(Outcome.Completed.class);
      }
      assertThat(operator.tokenBudget("job", 5_000, KIM)).isInstanceOf(Done.class);
      assertThat(operator.parked()).as("their agents may spend no more").hasSize(2);
      limited.reconfigure(a -> a.spending(SpendingLimits.NONE));
      assertThat(waits.join()).isEqualTo(new Outcome.Completed<>("done"));
      assertThat(operator.parked()).extracting(ParkedTask::taskId).containsExactly(others.id());
    }
  }

  @Test
  void whatItsAgentsOtherJobsGiveBackLetsItGoOn() throws Exception {
    Agent limited = headgate.agent("limited", a -> a.spending(l -> l.tokens(1_000)));
    var release = new CountDownLatch(1);
    try (Job job = job(j -> j.tokenBudget(500));
        Job other = headgate.job(j -> j)) {
      Admitted<String> parked = admitted(job.submit(of(limited, task(600))));
      Task<String> large =
          Task.of(
              limited,
              model,
              Estimate.of(800, 0),
              attempt -> {
                release.await();
                attempt.usage(100, 0);
                return "large";
              });
      Admitted<String> holds = admitted(other.submit(large));
      assertThat(operator.tokenBudget("job", 5_000, KIM)).isInstanceOf(Done.class);
      assertThat(operator.parked()).hasSize(1);
      assertThat(operator.approve(parked.id(), KIM)).isInstanceOf(Impossible.class);
      release.countDown();
      assertThat(holds.join()).isInstanceOf(Outcome.Completed.class);
      assertThat(parked.join()).isEqualTo(new Outcome.Completed<>("done"));
    }
  }

  @Test
  void whatOtherJobsGiveBackOfTheLimitOfAllLetsInWhoIsSmallEnough() throws Exception {
    headgate.limitSpending(l -> l.tokens(1_000));
    var release = new CountDownLatch(1);
    Agent second = headgate.agent("second");
    try (Job job = job(j -> j.tokenBudget(50));
        Job other = headgate.job(j -> j)) {
      Task<String> holding =
          Task.of(
              second,
              model,
              Estimate.of(950, 0),
              attempt -> {
                release.await();
                attempt.usage(600, 0);
                return "held";
              });
      Admitted<String> large = admitted(job.submit(task(900)));
      Admitted<String> gone = admitted(job.submit(task(300)));
      Admitted<String> small = admitted(job.submit(task(400)));
      Admitted<String> holds = admitted(other.submit(holding));
      assertThat(operator.tokenBudget("job", 5_000, KIM)).isInstanceOf(Done.class);
      assertThat(operator.parked()).as("50 are left of what all may spend").hasSize(3);
      assertThat(operator.refuse(gone.id(), KIM)).isInstanceOf(Done.class);
      release.countDown();
      assertThat(holds.join()).isInstanceOf(Outcome.Completed.class);
      assertThat(small.join()).isEqualTo(new Outcome.Completed<>("done"));
      assertThat(operator.parked()).extracting(ParkedTask::taskId).containsExactly(large.id());
      headgate.limitSpending(l -> l.tokens(1_899));
      assertThat(operator.parked()).as("one token is missing").hasSize(1);
      headgate.limitSpending(l -> l.tokens(1_900));
      assertThat(large.join()).isEqualTo(new Outcome.Completed<>("done"));
    }
  }

  @Test
  void theRaisedLimitOfAllWakesWhoeverItsAgentIs() throws Exception {
    Agent second = headgate.agent("second");
    Agent poor = headgate.agent("poor", a -> a.spending(l -> l.tokens(1_000)));
    headgate.limitSpending(l -> l.tokens(1_000));
    try (Job job = job(j -> j.tokenBudget(500));
        Job other = headgate.job(j -> j)) {
      Admitted<String> first = admitted(job.submit(task(600)));
      Admitted<String> seconds = admitted(job.submit(of(second, task(600))));
      Admitted<String> poors = admitted(job.submit(of(poor, task(600))));
      assertThat(admitted(other.submit(of(poor, task(800)))).join())
          .isInstanceOf(Outcome.Completed.class);
      assertThat(operator.tokenBudget("job", 5_000, KIM)).isInstanceOf(Done.class);
      assertThat(operator.parked()).as("all may spend no more").hasSize(3);
      headgate.limitSpending(l -> SpendingLimits.NONE);
      assertThat(first.join()).isEqualTo(new Outcome.Completed<>("done"));
      assertThat(seconds.join()).isEqualTo(new Outcome.Completed<>("done"));
      assertThat(operator.parked()).extracting(ParkedTask::taskId).containsExactly(poors.id());
      poor.reconfigure(a -> a.spending(SpendingLimits.NONE));
      assertThat(poors.join()).isEqualTo(new Outcome.Completed<>("done"));
    }
  }

  @Test
  void whileItsClockStandsAJobSaysWhatWillBeLeft() throws Exception {
    ParkPolicy stands = HELD.clockStands(true);
    try (Job job =
        headgate.job("job", j -> j.tokenBudget(1_000).deadline(ofHours(2)).parkAtBudget(stands))) {
      Admitted<String> handle = admitted(job.submit(task(1_500)));
      assertThat(operator.parked()).hasSize(1);
      Duration left = job.remaining();
      assertThat(left).isBetween(ofHours(2).minusMinutes(2), ofHours(2));
      assertThat(operator.parked()).hasSize(1);
      assertThat(job.remaining()).as("it stands").isEqualTo(left);
      assertThat(job.left().time()).isEqualTo(left);
      assertThat(job.left().toString()).startsWith("1,000 tokens, 7").endsWith(" s left");
      assertThat(operator.tokenBudget("job", 1_500, KIM)).isInstanceOf(Done.class);
      assertThat(handle.join()).isInstanceOf(Outcome.Completed.class);
      assertThat(job.remaining()).as("it goes on").isLessThan(left);
      assertThat(job.remaining()).isGreaterThan(left.minusMinutes(2));
    }
  }

  @Test
  void aPartLivesOnWhatItWasGiven() {
    try (Job job = job(j -> j.tokenBudget(1_000))) {
      Job part = job.split("part", j -> j.tokenBudget(100));
      assertThat(Rest.refused(part.submit(task(200))).reason()).isEqualTo(Refusal.TOKEN_BUDGET);
      assertThatThrownBy(() -> job.split("other", j -> j.parkAtBudget(HELD)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("use the outermost job's parkAtBudget");
    }
  }

  @Test
  void whoPaysForNothingCannotLetItRun() {
    assertThatThrownBy(() -> ParkPolicy.atBudget().then(Action.RUN, ofHours(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("use Action.REFUSE");
    assertThatThrownBy(() -> JobSettings.DEFAULT.parkAtBudget(ParkPolicy.atLoop(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("atBudget()");
    assertThatThrownBy(() -> JobSettings.DEFAULT.park(HELD))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aThousandTasksThatRaceForRaisesNeverSpendMoreThanThat() throws Exception {
    var spent = new AtomicLong();
    var raisedTo = new AtomicLong(10_000);
    List<Admitted<String>> handles = new ArrayList<>();
    try (Job job = job(j -> j.tokenBudget(10_000));
        var threads = Executors.newFixedThreadPool(8)) {
      Task<String> task =
          Task.of(
              agent,
              model,
              Estimate.of(100, 0),
              attempt -> {
                long used = 50 + attempt.taskId() % 51;
                attempt.usage(used, 0);
                spent.addAndGet(used);
                return "";
              });
      List<Future<List<Admitted<String>>>> submitters = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        var random = new SplittableRandom(i);
        submitters.add(
            threads.submit(
                () -> {
                  List<Admitted<String>> own = new ArrayList<>();
                  while (own.size() < 250) {
                    if (job.submit(task) instanceof Admitted<String> handle) {
                      own.add(handle);
                      if (random.nextInt(8) == 0) {
                        var _ = handle.cancel();
                      }
                    }
                  }
                  return own;
                }));
      }
      Future<?> raises =
          threads.submit(
              () -> {
                while (!submitters.stream().allMatch(Future::isDone)
                    || !operator.parked().isEmpty()) {
                  long to = raisedTo.addAndGet(700);
                  assertThat(operator.tokenBudget("job", to, KIM)).isInstanceOf(Done.class);
                  assertThat(spent.get()).isLessThanOrEqualTo(to);
                }
              });
      for (Future<List<Admitted<String>>> each : submitters) {
        handles.addAll(each.get());
      }
      raises.get();
      for (Admitted<String> handle : handles) {
        assertThat(handle.join()).isInstanceOfAny(Outcome.Completed.class, Outcome.Cancelled.class);
      }
      assertThat(job.spending().tokensSpent()).isEqualTo(spent.get());
      assertThat(job.remainingTokens()).isEqualTo(raisedTo.get() - spent.get());
    }
    assertThat(headgate.counters().asMap().get("parkedInAll")).as("tasks parked").isPositive();
  }
}
