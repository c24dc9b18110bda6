package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.OperatorAnswer.AlreadyDone;
import io.headgate.OperatorAnswer.Conflict;
import io.headgate.OperatorAnswer.Done;
import io.headgate.OperatorAnswer.Impossible;
import io.headgate.Outcome.Cancellation;
import io.headgate.ParkPolicy.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a human may say to a running Headgate, and what the Headgate answers. */
final class OperatorTest {
  private static final By KIM = new By("kim", "looks fine");
  private static final By LEE = new By("lee", "looks odd");
  private static final Duration HOUR = Duration.ofHours(1);

  private final ConcurrentLinkedQueue<HeadgateEvent> events = new ConcurrentLinkedQueue<>();
  private final Headgate headgate =
      Headgate.builder().maxParked(4).listener((event, lost) -> events.add(event)).build();
  private final Operator operator = headgate.operator();
  private final Agent agent = headgate.agent("agent");
  private final Target tool =
      headgate.target(
          "transfer", t -> t.price(1, 1).park(ParkPolicy.always().then(Action.REFUSE, HOUR)));
  private final Target model = headgate.target("model");

  @AfterEach
  void close() {
    headgate.close();
  }

  private Task<String> task(Target target) {
    return Task.of(agent, target, Estimate.of(1_000, 500), attempt -> "done");
  }

  private Admitted<String> submit(Job job, Target target) {
    return switch (job.submit(task(target))) {
      case Admitted<String> handle -> handle;
      case Refused<String> refused -> throw new AssertionError(refused);
    };
  }

  private Refusal refusal(Job job, Target target) {
    return switch (job.submit(task(target))) {
      case Admitted<String> handle -> throw new AssertionError(handle);
      case Refused<String> refused -> refused.reason();
    };
  }

  @Test
  void parkedWorkIsListedApprovedOnceAndRuns() throws Exception {
    try (Job job = headgate.job("job", j -> j.tokenBudget(10_000))) {
      Admitted<String> handle = submit(job, tool);
      ParkedTask parked = operator.parked().get(0);
      assertThat(parked.taskId()).isEqualTo(handle.id());
      assertThat(parked)
          .extracting(
              ParkedTask::job,
              ParkedTask::agent,
              ParkedTask::target,
              ParkedTask::reason,
              ParkedTask::tokens,
              ParkedTask::moneyNanos,
              ParkedTask::action)
          .containsExactly(
              "job", "agent", "transfer", ParkReason.ASK_FIRST, 1_500L, 1_500_000L, Action.REFUSE);
      assertThat(parked.actionIn()).isBetween(Duration.ofMinutes(59), HOUR);
      assertThat(operator.parked(p -> p.agent().equals("another"))).isEmpty();
      Snapshot snapshot = headgate.snapshot();
      assertThat(snapshot.parked()).isEqualTo(1);
      assertThat(snapshot.inFlight()).isZero();

      assertThat(operator.approve(handle.id(), KIM)).isInstanceOf(Done.class);
      assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("done"));
      assertThat(operator.approve(handle.id(), KIM)).isInstanceOf(AlreadyDone.class);
      assertThat(operator.refuse(handle.id(), LEE))
          .isInstanceOfSatisfying(
              Conflict.class,
              conflict -> {
                assertThat(conflict.before().by()).isEqualTo(KIM);
                assertThat(conflict.before().verb()).isEqualTo("approve");
              });
      assertThat(operator.approve(99_999, KIM))
          .isInstanceOfSatisfying(
              Impossible.class, answer -> assertThat(answer.why()).contains("is not parked"));
      assertThat(operator.history())
          .extracting(OperatorWord::verb, OperatorWord::by, OperatorWord::done)
          .contains(
              org.assertj.core.groups.Tuple.tuple("approve", KIM, true),
              org.assertj.core.groups.Tuple.tuple("refuse", LEE, false));
    }
    headgate.close();
    assertThat(events)
        .anyMatch(event -> event instanceof HeadgateEvent.Parked)
        .anyMatch(event -> event instanceof HeadgateEvent.Unparked)
        .anyMatch(
            event ->
                event instanceof HeadgateEvent.Operated operated
                    && operated.who().equals("kim")
                    && operated.why().equals("looks fine"));
    assertThat(headgate.audit().isSound()).isTrue();
  }

  @Test
  void whatNobodyDecidesIsDecidedByItsPolicy() throws Exception {
    Target quick =
        headgate.target(
            "quick", t -> t.park(ParkPolicy.always().then(Action.REFUSE, Duration.ofMillis(5))));
    try (Job job = headgate.job(j -> j)) {
      Admitted<String> handle = submit(job, quick);
      assertThat(handle.join()).isEqualTo(new Outcome.Cancelled<>(Cancellation.DECLINED));
      assertThat(operator.approve(handle.id(), KIM))
          .isInstanceOfSatisfying(
              Conflict.class,
              conflict -> assertThat(conflict.before().by().who()).isEqualTo("headgate"));
    }
  }

  @Test
  void noMoreIsParkedThanMayBe() throws Exception {
    try (Job job = headgate.job(j -> j)) {
      for (int i = 0; i < 4; i++) {
        submit(job, tool);
      }
      assertThat(submit(job, tool).join())
          .isEqualTo(new Outcome.Cancelled<>(Cancellation.DECLINED));
      assertThat(headgate.snapshot().parked()).isEqualTo(4);
    }
  }

  @Test
  void pausesRefuseAndEnd() throws Exception {
    try (Job job = headgate.job(j -> j)) {
      assertThat(operator.pause(agent, HOUR, KIM)).isInstanceOf(Done.class);
      assertThat(refusal(job, model)).isEqualTo(Refusal.AGENT_PAUSED);
      assertThat(headgate.snapshot().agents().get(0).breaker()).isEqualTo("HELD");
      operator.resume(agent, KIM);
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);

      operator.pause(model, HOUR, KIM);
      assertThat(refusal(job, model)).isEqualTo(Refusal.TARGET_UNAVAILABLE);
      operator.resume(model, KIM);
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);

      assertThat(headgate.snapshot().admissions()).isEmpty();
      operator.pauseAll(HOUR, KIM);
      assertThat(refusal(job, model)).isEqualTo(Refusal.PAUSED);
      assertThat(headgate.snapshot().admissions()).isEqualTo("PAUSED");
      assertThat(headgate.snapshot().toString()).contains("operator  admissions PAUSED");
      operator.resumeAll(KIM);
      assertThat(headgate.snapshot().admissions()).isEmpty();
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);

      // While it drains, a job that has begun comes to its end, and no other begins.
      operator.drain(HOUR, KIM);
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);
      try (Job other = headgate.job(j -> j)) {
        assertThat(refusal(other, model)).isEqualTo(Refusal.PAUSED);
      }
      assertThat(headgate.snapshot().admissions()).isEqualTo("DRAINED");
      operator.admit(Priority.CRITICAL, HOUR, KIM);
      assertThat(refusal(job, model)).isEqualTo(Refusal.LEVEL);
      assertThat(headgate.snapshot().toJson()).contains("\"admissions\":\"CRITICAL\"");
      operator.admit(Priority.CRITICAL, Duration.ofMillis(1), KIM);
      Admission<String> late = job.submit(task(model), Duration.ofSeconds(10));
      assertThat(late).as("it ended by itself").isInstanceOf(Admitted.class);
      assertThat(headgate.snapshot().admissions()).isEmpty();
    }
  }

  @Test
  void ofTwoWhoDisagreeTheLastIsHeardAndToldWhomItOverruled() throws Exception {
    Duration minute = Duration.ofMinutes(1);
    assertThat(overruled(operator.pause(agent, HOUR, KIM))).isNull();
    assertThat(overruled(operator.pause(agent, HOUR, LEE))).as("agrees").isNull();
    assertThat(overruled(operator.resume(agent, KIM)))
        .extracting(OperatorWord::verb, OperatorWord::change, OperatorWord::by)
        .containsExactly("pause", "for PT1H", LEE);
    assertThat(overruled(operator.resume(agent, LEE))).as("agrees").isNull();
    assertThat(overruled(operator.pause(agent, minute, LEE)))
        .as("it would not be over yet")
        .extracting(OperatorWord::verb, OperatorWord::by)
        .containsExactly("resume", LEE);

    assertThat(overruled(operator.pause(model, HOUR, KIM))).isNull();
    assertThat(overruled(operator.pause(model, minute, LEE)))
        .as("cut short")
        .extracting(OperatorWord::verb, OperatorWord::by)
        .containsExactly("pause", KIM);

    assertThat(overruled(operator.openBreaker(agent, model, HOUR, KIM))).isNull();
    assertThat(overruled(operator.openBreaker(model, HOUR, KIM))).as("another's").isNull();
    assertThat(overruled(operator.closeBreaker(agent, model, HOUR, LEE)))
        .extracting(OperatorWord::verb, OperatorWord::by)
        .containsExactly("open", KIM);

    assertThat(overruled(operator.admit(Priority.NORMAL, HOUR, KIM))).isNull();
    assertThat(overruled(operator.admit(Priority.CRITICAL, HOUR, LEE)))
        .extracting(OperatorWord::verb, OperatorWord::change, OperatorWord::by)
        .containsExactly("admit", "NORMAL for PT1H", KIM);

    try (Job _ = headgate.job("job", j -> j.tokenBudget(2_000))) {
      assertThat(overruled(operator.tokenBudget("job", 4_000, KIM))).isNull();
      assertThat(overruled(operator.tokenBudget("job", 3_000, LEE)))
          .extracting(OperatorWord::change, OperatorWord::by)
          .containsExactly("from 2,000 to 4,000 tokens", KIM);
    }
  }

  @Test
  void whatWasSaidOfAJobIsNotSaidOfTheNextOfItsId() {
    try (Job _ = headgate.job("job", j -> j.tokenBudget(2_000))) {
      operator.tokenBudget("job", 4_000, KIM);
    }
    headgate.snapshot();
    try (Job job = headgate.job("job", j -> j.tokenBudget(4_000))) {
      assertThat(job.settings().tokenBudget()).isEqualTo(4_000);
      assertThat(overruled(operator.tokenBudget("job", 4_000, LEE))).isNull();
      assertThat(overruled(operator.tokenBudget("job", 5_000, KIM)))
          .extracting(OperatorWord::by)
          .isEqualTo(LEE);
    }
  }

  @Test
  void theSettingsOfAJobAreThoseOfNow() {
    try (Job job = headgate.job("job", j -> j.tokenBudget(2_000).tokensPerMinute(1_000))) {
      operator.tokenBudget("job", 4_000, KIM);
      operator.tokensPerMinute("job", 7_000, KIM);
      job.reconfigure(j -> j.maxLoops(7));
      assertThat(job.settings())
          .isEqualTo(JobSettings.DEFAULT.tokenBudget(4_000).tokensPerMinute(7_000).maxLoops(7));
    }
  }

  // Nor are they pushed out of the history by what happens to parked tasks.
  @Test
  void aWordStandsHoweverManyAreSaidOfOthers() {
    operator.pause(agent, HOUR, KIM);
    for (int i = 0; i < 1_100; i++) {
      operator.pause(model, HOUR, LEE);
    }
    assertThat(overruled(operator.resume(agent, LEE))).extracting(OperatorWord::by).isEqualTo(KIM);
  }

  @Test
  void aWordThatIsOverOverrulesNobody() throws Exception {
    try (Job job = headgate.job(j -> j)) {
      operator.pause(model, Duration.ofMillis(1), KIM);
      assertThat(job.submit(task(model), Duration.ofSeconds(10)))
          .as("it ended by itself")
          .isInstanceOf(Admitted.class);
    }
    assertThat(overruled(operator.resume(model, LEE))).isNull();
  }

  private static @Nullable OperatorWord overruled(OperatorAnswer answer) {
    return switch (answer) {
      case Done done -> done.overruled();
      default -> throw new AssertionError(answer);
    };
  }

  @Test
  void aPausedTargetIsServedByNoRungOfItsLadderAndAForcedBreakerByTheNext() throws Exception {
    var ladder =
        DegradationPolicy.of(
            DegradationPolicy.Rung.of("large", 100), DegradationPolicy.Rung.of("small", 20));
    Target chat = headgate.target("chat", t -> t.degradation(ladder));
    try (Job job = headgate.job(j -> j)) {
      operator.pause(chat, HOUR, KIM);
      assertThat(refusal(job, chat)).isEqualTo(Refusal.TARGET_UNAVAILABLE);
      operator.resume(chat, KIM);
      assertThat(submit(job, chat).join()).isEqualTo(new Outcome.Completed<>("done", 0));
      operator.openBreaker(chat, HOUR, KIM);
      assertThat(submit(job, chat).join()).isEqualTo(new Outcome.Completed<>("done", 1));
    }
  }

  @Test
  void breakersAreForced() throws Exception {
    try (Job job = headgate.job(j -> j)) {
      operator.openBreaker(agent, model, HOUR, KIM);
      assertThat(refusal(job, model)).isEqualTo(Refusal.AGENT_CUT_OFF);
      operator.closeBreaker(agent, model, HOUR, KIM);
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);
      operator.openBreaker(model, HOUR, KIM);
      assertThat(refusal(job, model)).isEqualTo(Refusal.TARGET_UNAVAILABLE);
      operator.closeBreaker(model, HOUR, KIM);
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);
    }
  }

  @Test
  void aBudgetIsRaisedAndLoweredWithinWhatIsSpent() throws Exception {
    try (Job job = headgate.job("job", j -> j.tokenBudget(2_000).moneyBudget(1))) {
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);
      assertThat(refusal(job, model)).isEqualTo(Refusal.TOKEN_BUDGET);
      assertThat(operator.tokenBudget("job", 4_000, KIM)).isInstanceOf(Done.class);
      assertThat(operator.tokenBudget("job", 4_000, LEE)).isInstanceOf(AlreadyDone.class);
      assertThat(job.remainingTokens()).isEqualTo(2_500);
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);
      assertThat(operator.tokenBudget("job", 2_999, KIM))
          .isInstanceOfSatisfying(
              Impossible.class, a -> assertThat(a.why()).contains("has spent or reserved more"));
      assertThat(operator.tokenBudget("job", 3_000, KIM)).isInstanceOf(Done.class);
      assertThat(job.remainingTokens()).isZero();
      assertThat(operator.moneyBudget("job", 2, KIM)).isInstanceOf(Done.class);
      assertThat(operator.tokenBudget("nobody", 1, KIM))
          .isInstanceOfSatisfying(
              Impossible.class, a -> assertThat(a.why()).contains("is not open"));
      assertThat(operator.tokenBudget("job", 4_000, KIM)).isInstanceOf(Done.class);
      Job part = job.split("part", j -> j.moneyBudget(0.5));
      assertThat(operator.moneyBudget("part", 1, KIM))
          .isInstanceOfSatisfying(Impossible.class, a -> assertThat(a.why()).contains("sub-job"));
      part.close();
    }
    headgate.close();
    assertThat(headgate.audit().isSound()).isTrue();
  }

  @Test
  void whatAJobMaySpendInAMinuteIsMoved() throws Exception {
    try (Job job = headgate.job("job", j -> j.tokensPerMinute(500));
        Job free = headgate.job("free", j -> j)) {
      Job part = job.split("part", j -> j.moneyPerMinute(0.5));
      assertThat(refusal(job, model)).isEqualTo(Refusal.EXCEEDS_BURST);
      assertThat(operator.tokensPerMinute("job", 2_000_000, KIM)).isInstanceOf(Done.class);
      assertThat(operator.tokensPerMinute("job", 2_000_000, LEE)).isInstanceOf(AlreadyDone.class);
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);
      assertThat(operator.tokensPerMinute("job", 1, KIM)).isInstanceOf(Done.class);
      assertThat(refusal(part, model)).as("with its whole").isEqualTo(Refusal.EXCEEDS_BURST);
      assertThat(operator.moneyPerMinute("part", 1, KIM)).isInstanceOf(Done.class);
      for (String id : List.of("free", "part")) {
        assertThat(operator.tokensPerMinute(id, 1_000, KIM))
            .isInstanceOfSatisfying(
                Impossible.class,
                a -> assertThat(a.why()).contains("has no tokens per minute; open jobs with"));
      }
      assertThat(operator.moneyPerMinute("nobody", 1, KIM))
          .isInstanceOfSatisfying(
              Impossible.class, a -> assertThat(a.why()).contains("is not open"));
      assertThat(operator.history().getLast().verb()).isEqualTo("money per minute");
      assertThatThrownBy(() -> operator.tokensPerMinute("job", JobSettings.UNLIMITED, KIM))
          .hasMessageContaining("use a large number");
      part.close();
      assertThat(free.isOpen()).isTrue();
    }
  }

  @Test
  void badWordsSayWhatWouldBeGood() {
    assertThatThrownBy(() -> new By(" ", "x")).hasMessageContaining("give a name");
    assertThatThrownBy(() -> new By("x", "y".repeat(1_001))).hasMessageContaining("1 to 1000");
    assertThatThrownBy(() -> operator.pause(agent, Duration.ofDays(8), KIM))
        .hasMessageContaining("must be from PT0.001S to PT168H");
    assertThatThrownBy(() -> headgate.target("x", t -> t.park(ParkPolicy.atLoop(2))))
        .hasMessageContaining("must look at PRICE");
    assertThatThrownBy(() -> ParkPolicy.atCutOff(0)).hasMessageContaining("from 1 to 64");
    assertThatThrownBy(() -> ParkPolicy.above(-1)).hasMessageContaining("ParkPolicy.always()");
    assertThatThrownBy(() -> ParkPolicy.always().then(Action.RUN, Duration.ZERO))
        .hasMessageContaining("use a longer time");
  }

  @Test
  void aJobThatLoopsTooOftenIsHeld() throws Exception {
    Target search =
        headgate.target("search", t -> t.tool().loopGuard(LoopPolicy.DEFAULT.sameCalls(1)));
    ParkPolicy policy = ParkPolicy.atLoop(2).then(Action.RUN, HOUR);
    try (Job job = headgate.job("looping", j -> j.park(policy))) {
      Task<String> same = task(search).arguments("same");
      assertThat(job.submit(same)).isInstanceOf(Admitted.class);
      for (int loop = 0; loop < 2; loop++) {
        assertThat(job.submit(same)).isInstanceOf(Refused.class);
        if (loop == 0) {
          assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);
        }
      }
      submit(job, model);
      assertThat(operator.parked()).extracting(ParkedTask::reason).contains(ParkReason.LOOPS);
    }
  }

  private Job halfOpen(Target target) throws Exception {
    operator.openBreaker(target, Duration.ofMillis(1), KIM);
    Rest.until(
        () ->
            headgate.snapshot().targets().stream()
                .anyMatch(t -> t.id().equals(target.id()) && t.breaker().equals("HALF_OPEN")));
    return headgate.job(j -> j);
  }

  @Test
  void parkedWorkDoesNotKeepAHalfOpenBreakerFromItsProbes() throws Exception {
    Target dear =
        headgate.target(
            "dear", t -> t.price(1, 1).park(ParkPolicy.above(0.001).then(Action.REFUSE, HOUR)));
    try (Job job = halfOpen(dear)) {
      for (int i = 0; i < 3; i++) {
        submit(job, dear);
      }
      assertThat(operator.parked()).hasSize(3);
      Task<String> cheap = Task.of(agent, dear, Estimate.of(1, 1), attempt -> "done");
      assertThat(job.submit(cheap)).isInstanceOf(Admitted.class);
    }
  }

  @Test
  void aPausedAgentDoesNotKeepAHalfOpenBreakerFromItsProbes() throws Exception {
    Agent busy = headgate.agent("busy", a -> a.maxInFlight(1));
    var done = new CountDownLatch(1);
    try (Job job = halfOpen(model)) {
      Task<String> long1 =
          Task.of(
              busy,
              headgate.target("other"),
              Estimate.of(1, 1),
              attempt -> {
                done.await();
                return "";
              });
      assertThat(job.submit(long1)).isInstanceOf(Admitted.class);
      Task<String> waits = Task.of(busy, model, Estimate.of(1, 1), attempt -> "");
      for (int i = 0; i < 3; i++) {
        assertThat(job.submit(waits)).isInstanceOf(Admitted.class);
      }
      assertThat(refusal(job, model)).isEqualTo(Refusal.TARGET_UNAVAILABLE);
      operator.pause(busy, HOUR, KIM);
      assertThat(submit(job, model).join()).isInstanceOf(Outcome.Completed.class);
    } finally {
      done.countDown();
    }
  }

  @Test
  void aBudgetsWordsAreOfTokensOrOfMoney() throws Exception {
    try (Job job = headgate.job("job", j -> j.tokenBudget(10_000).moneyBudget(1))) {
      Target priced = headgate.target("priced", t -> t.price(100, 100));
      assertThat(submit(job, priced).join()).isInstanceOf(Outcome.Completed.class);
      assertThat(operator.moneyBudget("job", 0.1, KIM))
          .isInstanceOfSatisfying(
              Impossible.class,
              a ->
                  assertThat(a.why()).contains("0.85 dollars are left of its budget of 1 dollars"));
      assertThat(operator.tokenBudget("job", 9_000, KIM)).isInstanceOf(Done.class);
      assertThat(operator.moneyBudget("job", 2, LEE)).isInstanceOf(Done.class);
      assertThat(operator.tokenBudget("job", 9_000, LEE))
          .isInstanceOfSatisfying(
              AlreadyDone.class, a -> assertThat(a.before().by()).isEqualTo(KIM));
      assertThatThrownBy(() -> operator.tokenBudget("job", JobSettings.UNLIMITED, KIM))
          .hasMessageContaining("use a large budget");
    }
  }

  @Test
  void afterItsEndItSaysThatItIsClosed() {
    Job job = headgate.job("job", j -> j.tokenBudget(10_000));
    long parked = submit(job, tool).id();
    operator.pause(model, HOUR, KIM);
    headgate.shutdown(Duration.ZERO);
    List<Supplier<OperatorAnswer>> words =
        List.of(
            () -> operator.approve(parked, LEE),
            () -> operator.refuse(parked, LEE),
            () -> operator.degrade(parked, LEE),
            () -> operator.tokenBudget("job", 20_000, LEE),
            () -> operator.moneyBudget("job", 2, LEE),
            () -> operator.pause(agent, HOUR, LEE),
            () -> operator.resume(agent, LEE),
            () -> operator.pause(model, HOUR, LEE),
            () -> operator.resume(model, LEE),
            () -> operator.pauseAll(HOUR, LEE),
            () -> operator.drain(HOUR, LEE),
            () -> operator.admit(Priority.NORMAL, HOUR, LEE),
            () -> operator.resumeAll(LEE),
            () -> operator.openBreaker(model, HOUR, LEE),
            () -> operator.closeBreaker(model, HOUR, LEE),
            () -> operator.openBreaker(agent, model, HOUR, LEE),
            () -> operator.closeBreaker(agent, model, HOUR, LEE));
    for (Supplier<OperatorAnswer> word : words) {
      assertThat(word.get())
          .isInstanceOfSatisfying(
              Impossible.class,
              answer -> assertThat(answer.why()).contains("closed", "build another one"));
    }
    assertThat(operator.parked()).isEmpty();
    assertThat(operator.history()).extracting(OperatorWord::by).containsExactly(KIM);
  }

  @Test
  void whileItClosesItIsStillHeard() throws Exception {
    try (Job job = headgate.job("job", j -> j);
        var closer = Executors.newSingleThreadExecutor()) {
      Admitted<String> handle = submit(job, tool);
      Future<Boolean> closed = closer.submit(() -> headgate.shutdown(HOUR));
      Rest.until(() -> job.submit(task(model)) instanceof Refused);
      assertThat(refusal(job, model)).isEqualTo(Refusal.CLOSED);
      assertThat(operator.approve(handle.id(), KIM)).isInstanceOf(Done.class);
      assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("done"));
      assertThat(closed.get()).isTrue();
    }
  }

  @Test
  void theHistorySaysFromWhatToWhatABudgetWasMoved() {
    try (Job job = headgate.job("job", j -> j.tokenBudget(2_000).moneyBudget(0.5))) {
      submit(job, model);
      operator.tokenBudget("job", 4_000, KIM);
      operator.tokenBudget("job", 4_000, LEE);
      operator.moneyBudget("job", 1, KIM);
      operator.tokenBudget("job", 1, LEE);
      operator.tokenBudget("nobody", 1_000, LEE);
      operator.pause(agent, HOUR, KIM);
    }
    try (Job free = headgate.job("free", j -> j)) {
      operator.moneyBudget(free.id(), 1, LEE);
    }
    assertThat(operator.history())
        .extracting(OperatorWord::change)
        .containsExactly(
            "from 2,000 to 4,000 tokens",
            "from 4,000 to 4,000 tokens",
            "from 0.5 to 1 dollars",
            "from 4,000 to 1 tokens",
            "to 1,000 tokens",
            "for PT1H",
            "from no bound to 1 dollars");
    headgate.close();
    assertThat(events)
        .anyMatch(
            event ->
                event instanceof HeadgateEvent.Operated operated
                    && operated.change().equals("from 2,000 to 4,000 tokens"));
  }

  @Test
  void neitherWordsInVainNorWhatHappensByItselfPushADecisionOut() throws Exception {
    Target quick =
        headgate.target(
            "quick", t -> t.park(ParkPolicy.always().then(Action.REFUSE, Duration.ofMillis(1))));
    try (Job job = headgate.job("job", j -> j.tokenBudget(2_000))) {
      operator.tokenBudget("job", 4_000, KIM);
      for (int i = 0; i < 1_100; i++) {
        operator.approve(1_000_000 + i, LEE);
        submit(job, quick).join();
      }
      assertThat(operator.tokenBudget("job", 4_000, LEE))
          .isInstanceOfSatisfying(
              AlreadyDone.class, answer -> assertThat(answer.before().by()).isEqualTo(KIM));
    }
    List<OperatorWord> history = operator.history();
    assertThat(history.getFirst())
        .extracting(OperatorWord::by, OperatorWord::done)
        .containsExactly(KIM, true);
    assertThat(history).hasSize(1 + 2 * 1_024);
    assertThat(history.getLast().verb()).isEqualTo("token budget");
  }

  @Test
  void whereThereIsNoRoomForAnotherBreakerItSaysSo() {
    try (var wide =
        Headgate.builder()
            .settings(HeadgateSettings.DEFAULT.maxAgents(257).maxTargets(256))
            .build()) {
      Operator operator = wide.operator();
      List<Target> targets = new ArrayList<>();
      for (int i = 0; i < 256; i++) {
        targets.add(wide.target("target-" + i));
      }
      for (int i = 0; i < 256; i++) {
        Agent each = wide.agent("agent-" + i);
        for (Target target : targets) {
          if (!(operator.openBreaker(each, target, HOUR, KIM) instanceof Done)) {
            throw new AssertionError("no room for " + each + " at " + target);
          }
        }
      }
      Agent last = wide.agent("last");
      Target target = targets.getFirst();
      assertThat(operator.openBreaker(last, target, HOUR, KIM))
          .isInstanceOfSatisfying(
              Impossible.class,
              answer ->
                  assertThat(answer.why())
                      .contains("breaker target-0 of last", "65,536", "pause the agent"));
      assertThat(operator.openBreaker(target, HOUR, KIM)).isInstanceOf(Done.class);
      last.remove();
      assertThat(operator.openBreaker(last, target, HOUR, KIM))
          .isInstanceOfSatisfying(
              Impossible.class, answer -> assertThat(answer.why()).contains("was removed"));
    }
  }

  @Test
  void manyParkedTasksAreAllListedInTheirOrder() {
    try (var wide = Headgate.builder().maxParked(1).maxParkedTokens(10).build()) {
      wide.limitParking(3_000, 10_000_000);
      Agent each = wide.agent("agent");
      Target asking =
          wide.target("asking", t -> t.park(ParkPolicy.always().then(Action.REFUSE, HOUR)));
      Job job = wide.job("job", j -> j);
      List<Long> ids = new ArrayList<>();
      // Two whole slices and a part of one; and, of the first two, no rest.
      for (int i = 0; i < 2_500; i++) {
        ids.add(job.submitOrThrow(Task.of(each, asking, Estimate.of(1, 1), attempt -> "")).id());
        if (i == 2_047) {
          assertThat(wide.operator().parked())
              .extracting(ParkedTask::taskId)
              .containsExactlyElementsOf(ids);
        }
      }
      assertThat(wide.operator().parked())
          .extracting(ParkedTask::taskId)
          .containsExactlyElementsOf(ids);
    }
  }
}
