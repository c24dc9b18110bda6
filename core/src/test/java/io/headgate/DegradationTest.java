package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.headgate.DegradationPolicy.Rung;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The ladder on the real runtime: what a host sees of it, what it costs, and bad settings. */
final class DegradationTest {
  private static final DegradationPolicy LADDER =
      DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20), Rung.ofStatic("sorry"));
  private static final Estimate ESTIMATE = Estimate.of(1_000, 1_000);

  private static <T> Outcome<T> join(Admission<T> admission) throws InterruptedException {
    return switch (admission) {
      case Admitted<T> handle -> handle.join();
      case Refused<T> refused -> throw new AssertionError(refused);
    };
  }

  @Test
  void theOutcomeSaysWhichRungAnsweredAndEachRungCostsItsOwn() throws Exception {
    var events = new ConcurrentLinkedQueue<HeadgateEvent>();
    try (var headgate = Headgate.builder().listener((event, lost) -> events.add(event)).build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model", t -> t.price(Price.perMillionTokens(10, 10)).degradation(LADDER));
      try (Job job = headgate.job(j -> j.moneyBudget(1))) {
        Call<String> call =
            attempt -> {
              if (attempt.rung() == 0) {
                attempt.usage(0, 0);
                throw new IOException("reset");
              }
              attempt.usage(1_000, 500);
              return "by rung " + attempt.rung();
            };
        assertThat(join(job.submit(Task.of(agent, target, ESTIMATE, call))))
            .isEqualTo(new Outcome.Completed<>("by rung 1", 1));
        // 1,500 tokens at a fifth of $10 for a million.
        assertThat(job.remainingMoneyNanos()).isEqualTo(1_000_000_000L - 3_000_000L);
        assertThat(join(job.submit(Task.of(agent, target, ESTIMATE, call).degradable(false))))
            .isInstanceOf(Outcome.Failed.class);
      }
      List<Snapshot.Rung> ladder = headgate.snapshot().targets().get(0).ladder();
      assertThat(ladder).extracting(Snapshot.Rung::answers).containsExactly(0L, 1L, 0L);
      assertThat(ladder).extracting(Snapshot.Rung::serves).containsExactly(true, false, false);
      assertThat(headgate.snapshot().toJson()).contains("{\"name\":\"small\",\"serves\":false");
      assertThat(headgate.audit().isSound()).isTrue();
    }
    assertThat(events).anySatisfy(e -> assertThat(e).isInstanceOf(HeadgateEvent.Fall.class));
  }

  @Test
  void aSmallModelThatSaysNothingIsChargedItsOwnPrice() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model", t -> t.price(Price.perMillionTokens(10, 10)).degradation(LADDER));
      try (Job job = headgate.job(j -> j.moneyBudget(1))) {
        Call<Integer> call =
            attempt -> {
              if (attempt.rung() == 0) {
                attempt.usage(0, 0);
                throw new IOException("reset");
              }
              return attempt.rung();
            };
        assertThat(join(job.submit(Task.of(agent, target, ESTIMATE, call))))
            .isEqualTo(new Outcome.Completed<>(1, 1));
        // 2,000 tokens were held at $10 for a million, and count at a fifth of that.
        assertThat(job.remainingMoneyNanos()).isEqualTo(1_000_000_000L - 4_000_000L);
      }
      assertThat(headgate.audit().isSound()).isTrue();
    }
  }

  private enum Change {
    LADDER_OFF,
    PRICE_RAISED
  }

  @ParameterizedTest
  @EnumSource
  void whatIsHeldCoversACallWhosePriceChangesWhileItWaits(Change change) throws Exception {
    try (var headgate = Headgate.builder().maxInFlight(1).build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model", t -> t.price(Price.perMillionTokens(10, 10)).degradation(LADDER));
      Target other = headgate.target("other");
      var release = new CountDownLatch(1);
      // 2,000 tokens: 2 cents at the large model, 0.4 cents at the small one.
      try (Job busy = headgate.job(j -> j);
          Job job = headgate.job(j -> j.moneyBudget(0.005))) {
        var first =
            busy.submitOrThrow(
                Task.of(
                    agent,
                    other,
                    Estimate.of(0, 0),
                    attempt -> {
                      release.await();
                      return "";
                    }));
        var waiting =
            job.submitOrThrow(Task.of(agent, target, ESTIMATE, attempt -> attempt.charge(1_000)));
        switch (change) {
          case LADDER_OFF -> target.reconfigure(t -> t.degradation(DegradationPolicy.OFF));
          case PRICE_RAISED -> target.reconfigure(t -> t.price(100, 100));
        }
        release.countDown();
        var _ = first.join();
        assertThat(waiting.join()).isEqualTo(new Outcome.Completed<>(true, 1));
        assertThat(job.remainingMoneyNanos()).isEqualTo(1_000_000);
        assertThat(job.isOpen()).as("within its budget").isTrue();
      }
      assertThat(headgate.audit().isSound()).isTrue();
    }
  }

  private static Task<Integer> failing(Agent agent, Target target, int firstThatAnswers) {
    return Task.of(
        agent,
        target,
        ESTIMATE,
        attempt -> {
          if (attempt.rung() < firstThatAnswers) {
            throw new IllegalStateException("nobody says what it used");
          }
          return attempt.rung();
        });
  }

  @Test
  void whatFallsTakesWhatTheRungBelowCosts() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model", t -> t.price(Price.perMillionTokens(10, 10)).degradation(LADDER));
      // The large model's 2 cents are spent by its failure; the small one wants 0.4 more.
      try (Job job = headgate.job(j -> j.moneyBudget(0.025))) {
        assertThat(join(job.submit(failing(agent, target, 1))))
            .isEqualTo(new Outcome.Completed<>(1, 1));
        assertThat(job.remainingMoneyNanos()).isEqualTo(1_000_000);
      }
      // Here they are all there is, and an answer that costs nothing is left.
      try (Job job = headgate.job(j -> j.moneyBudget(0.02).tokenBudget(2_000))) {
        assertThat(join(job.submit(failing(agent, target, 1))))
            .isEqualTo(new Outcome.Completed<>(2, 2));
        assertThat(job.remainingTokens()).isZero();
        assertThat(job.isOpen()).isTrue();
      }
      // Nothing was kept for a rung that was passed over.
      try (Job job = headgate.job(j -> j.moneyBudget(1).tokenBudget(4_000))) {
        assertThat(join(job.submit(failing(agent, target, 2))))
            .isEqualTo(new Outcome.Completed<>(2, 2));
        assertThat(job.remainingTokens()).isZero();
        assertThat(job.remainingMoneyNanos()).isEqualTo(1_000_000_000L - 24_000_000L);
      }
      assertThat(headgate.audit().isSound()).isTrue();
    }
  }

  @Test
  void aCallThatNeverLeftIsChargedNothingAndIsNoMissingFigure() throws Exception {
    var events = new ConcurrentLinkedQueue<HeadgateEvent>();
    try (var headgate = Headgate.builder().listener((event, lost) -> events.add(event)).build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model", t -> t.price(Price.perMillionTokens(10, 10)).breaker(BreakerPolicy.OFF));
      try (Job job = headgate.job(j -> j.tokenBudget(10_000))) {
        for (int i = 0; i < 3; i++) {
          Task<Integer> refused =
              Task.of(
                  agent,
                  target,
                  ESTIMATE,
                  attempt -> {
                    throw new ConnectException("refused");
                  });
          assertThat(join(job.submit(refused))).isInstanceOf(Outcome.Failed.class);
        }
        assertThat(job.remainingTokens()).isEqualTo(10_000);
        Task<Integer> reset =
            Task.of(
                agent,
                target,
                ESTIMATE,
                attempt -> {
                  throw new IOException("reset");
                });
        assertThat(join(job.submit(reset))).isInstanceOf(Outcome.Failed.class);
        assertThat(job.remainingTokens()).as("it may have been answered").isLessThan(10_000);
      }
      assertThat(headgate.audit().isSound()).isTrue();
    }
    assertThat(events)
        .noneSatisfy(e -> assertThat(e).isInstanceOf(HeadgateEvent.UsageMissing.class));
  }

  @Test
  void aStaticAnswerNeedsNoMoneyAndNoTokens() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model", t -> t.price(Price.perMillionTokens(10, 10)).degradation(LADDER));
      try (Job job = headgate.job(j -> j.moneyBudget(0.005).tokenBudget(3_000))) {
        // The large model wants 2 cents, the small one 0.4 cents.
        var first = join(job.submit(Task.of(agent, target, ESTIMATE, attempt -> attempt.rung())));
        assertThat(first).isEqualTo(new Outcome.Completed<>(1, 1));
        var second = join(job.submit(Task.of(agent, target, ESTIMATE, attempt -> attempt.rung())));
        assertThat(second).isEqualTo(new Outcome.Completed<>(2, 2));
        assertThat(job.remainingTokens()).as("charged by the small one alone").isEqualTo(1_000);
        Task<Integer> firm = Task.of(agent, target, ESTIMATE, attempt -> 0);
        assertThat(((Refused<?>) job.submit(firm.degradable(false))).reason())
            .isIn(Refusal.MONEY_BUDGET, Refusal.TOKEN_BUDGET);
      }
      assertThat(headgate.audit().isSound()).isTrue();
    }
  }

  @Test
  void whatMustNotBeDegradedIsRefusedWhileTheModelIsCutOff() throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model",
              t -> t.degradation(LADDER.probing(Duration.ofHours(1), Duration.ofHours(1), 1)));
      var served = new CountDownLatch(1);
      try (Job job = headgate.job(j -> j)) {
        Task<Integer> task =
            Task.of(
                agent,
                target,
                Estimate.of(0, 0),
                attempt -> {
                  if (attempt.rung() == 0) {
                    throw new IOException("reset");
                  }
                  served.countDown();
                  return attempt.rung();
                });
        for (int i = 0; i < 100; i++) {
          assertThat(join(job.submit(task))).isEqualTo(new Outcome.Completed<>(1, 1));
        }
        assertThat(served.getCount()).isZero();
        assertThat(((Refused<?>) job.submit(task.degradable(false))).reason())
            .isIn(Refusal.TARGET_UNAVAILABLE, Refusal.AGENT_CUT_OFF);
        assertThat(headgate.snapshot().targets().get(0).started())
            .as("of 100 tasks, the first few tried the model")
            .isLessThan(140);
      }
      assertThat(headgate.counters().asMap().get("degraded")).isNotNull();
    }
  }

  @Test
  void whatStartsLowerHoldsWhatThatCosts() throws Exception {
    SpendingLimits limits = SpendingLimits.NONE.money(2).moneyPerMinute(5);
    try (var headgate =
        Headgate.builder().settings(HeadgateSettings.DEFAULT.spending(limits)).build()) {
      Agent agent = headgate.agent("agent", a -> a.spending(l -> limits));
      DegradationPolicy narrow =
          LADDER.rungs(List.of(Rung.of("large", 100).maxInFlight(1), Rung.of("small", 20)));
      Target target =
          headgate.target(
              "model", t -> t.price(Price.perMillionTokens(10, 10)).degradation(narrow));
      var running = new CountDownLatch(2);
      var goOn = new CountDownLatch(1);
      long top = 20_000_000L;
      // What both hold in the end, and what a third wants.
      try (Job job = headgate.job(j -> j.moneyBudget(1).moneyPerMinute(0.044))) {
        Call<Integer> call =
            attempt -> {
              running.countDown();
              goOn.await();
              attempt.usage(1_000, 1_000);
              return attempt.rung();
            };
        Admission<Integer> first = job.submit(Task.of(agent, target, ESTIMATE, call));
        Admission<Integer> second = job.submit(Task.of(agent, target, ESTIMATE, call));
        running.await();
        assertThat(job.remainingMoneyNanos()).isEqualTo(1_000_000_000L - top - top / 5);
        assertThat(job.spending().moneyReservedNanos()).isEqualTo(top + top / 5);
        Call<Integer> free =
            attempt -> {
              attempt.usage(0, 0);
              goOn.await();
              return attempt.rung();
            };
        Admission<Integer> third = job.submit(Task.of(agent, target, ESTIMATE, free));
        assertThat(third)
            .as("its job's minute has what was given back")
            .isInstanceOf(Admitted.class);
        ((Admitted<?>) third).cancel();
        goOn.countDown();
        assertThat(join(first)).isEqualTo(new Outcome.Completed<>(0, 0));
        assertThat(join(second)).isEqualTo(new Outcome.Completed<>(1, 1));
        var _ = join(third);
        Rest.until(
            () -> headgate.snapshot().inFlight() == 0); // it may have begun, and been stopped
        assertThat(job.remainingMoneyNanos()).isEqualTo(1_000_000_000L - top - top / 5);
        assertThat(headgate.snapshot().moneySpentNanos()).isEqualTo(top + top / 5);
      }
      assertThat(headgate.audit().isSound()).isTrue();
    }
  }

  @Test
  void aModelThatHearsNoInterruptIsLeftAndNothingIsRefusedWhileTheNextServes() throws Exception {
    var release = new CountDownLatch(1);
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      DegradationPolicy two = DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20));
      Target target = headgate.target("model", t -> t.degradation(two).maxOverruns(1));
      try (Job job = headgate.job(j -> j)) {
        var started = new CountDownLatch(1);
        Call<Integer> deaf =
            attempt -> {
              started.countDown();
              awaitUninterruptibly(release);
              return attempt.rung();
            };
        Admitted<Integer> first =
            job.submitOrThrow(Task.of(agent, target, Estimate.of(0, 0), deaf).degradable(false));
        started.await();
        first.cancel();
        assertThat(first.join()).isInstanceOf(Outcome.Cancelled.class);
        Task<Integer> next = Task.of(agent, target, Estimate.of(0, 0), Attempt::rung);
        Until.isTrue(
            "shut for who must not be degraded",
            () ->
                job.submit(next.degradable(false)) instanceof Refused<Integer> refused
                    && refused.reason() == Refusal.TARGET_OVERRUN);
        assertThat(join(job.submit(next))).isEqualTo(new Outcome.Completed<>(1, 1));
      } finally {
        release.countDown();
      }
    }
  }

  @Test
  void aTaskWhoseCallHearsNoInterruptIsAnsweredByTheModelBelow() throws Exception {
    var release = new CountDownLatch(1);
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      DegradationPolicy two = DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20));
      Target target =
          headgate.target(
              "model",
              t ->
                  t.degradation(two)
                      .timeout(Duration.ofMillis(500))
                      .price(Price.perMillionTokens(10, 10)));
      try (Job job = headgate.job(j -> j.tokenBudget(1_000))) {
        Call<Integer> deaf =
            attempt -> {
              if (attempt.rung() == 0) {
                awaitUninterruptibly(release);
              }
              attempt.usage(100, 0);
              return attempt.rung();
            };
        Admitted<Integer> task =
            job.submitOrThrow(Task.of(agent, target, Estimate.of(200, 0), deaf));
        assertThat(task.join()).isEqualTo(new Outcome.Completed<>(1, 1));
        assertThat(headgate.snapshot().inFlight()).as("its first call still runs").isEqualTo(1);
        assertThat(job.remainingTokens()).as("and holds what it reserved").isEqualTo(700);
        release.countDown();
        Rest.until(() -> headgate.snapshot().inFlight() == 0);
        assertThat(job.remainingTokens()).isEqualTo(800);
        assertThat(headgate.snapshot().targets().getFirst().ladder())
            .extracting(Snapshot.Rung::answers)
            .containsExactly(0L, 1L);
      } finally {
        release.countDown();
      }
    }
  }

  @Test
  void nobodyIsAskedForMoreBudgetBesideACallThatDoesNotEnd() throws Exception {
    var release = new CountDownLatch(1);
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      DegradationPolicy ladder =
          DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20), Rung.ofStatic("sorry"));
      Target target =
          headgate.target("model", t -> t.degradation(ladder).timeout(Duration.ofMillis(500)));
      ParkPolicy later = ParkPolicy.atBudget().then(ParkPolicy.Action.REFUSE, Duration.ofHours(1));
      try (Job job = headgate.job(j -> j.tokenBudget(200).parkAtBudget(later))) {
        Call<Integer> deaf =
            attempt -> {
              if (attempt.rung() == 0) {
                awaitUninterruptibly(release);
              }
              return attempt.rung();
            };
        Admitted<Integer> task =
            job.submitOrThrow(Task.of(agent, target, Estimate.of(200, 0), deaf));
        assertThat(task.join()).isEqualTo(new Outcome.Completed<>(2, 2));
      } finally {
        release.countDown();
      }
    }
  }

  @Test
  void whoIsCutOffFromTheTopIsRefusedWhileNothingBelowServes() throws Exception {
    Duration hour = Duration.ofHours(1);
    try (var headgate = Headgate.builder().build()) {
      Agent bad = headgate.agent("bad");
      Agent good = headgate.agent("good");
      DegradationPolicy two =
          DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20)).probing(hour, hour, 1);
      Target target =
          headgate.target(
              "model",
              t ->
                  t.degradation(two)
                      .agentBreaker(BreakerPolicy.OFF)
                      .price(Price.perMillionTokens(1, 1)));
      var _ = headgate.operator().openBreaker(bad, target, hour, new By("test", "to see"));
      try (Job job = headgate.job(j -> j)) {
        Call<Integer> call =
            attempt -> {
              if (attempt.rung() == 1) {
                throw new IOException("reset");
              }
              return attempt.rung();
            };
        Admission<Integer> last = job.submit(Task.of(bad, target, Estimate.of(0, 0), call));
        for (int i = 0; i < 100 && last instanceof Admitted<Integer> handle; i++) {
          var _ = handle.join();
          last = job.submit(Task.of(bad, target, Estimate.of(0, 0), call));
        }
        assertThat(last).isInstanceOf(Refused.class);
        assertThat(((Refused<?>) last).reason()).isEqualTo(Refusal.AGENT_CUT_OFF);
        assertThat(join(job.submit(Task.of(good, target, Estimate.of(0, 0), call))))
            .isEqualTo(new Outcome.Completed<>(0, 0));
      }
    }
  }

  @Test
  void settingsOutOfBoundsNameTheValueTheBoundAndTheMend() {
    bad(() -> DegradationPolicy.of(Rung.of("one", 100)), "number of rungs is 1", "2");
    bad(() -> DegradationPolicy.of(Rung.of("a", 90), Rung.of("b", 10)), "rung 0 is 90", "100");
    bad(
        () -> DegradationPolicy.of(Rung.of("a", 100), Rung.of("b", 10), Rung.of("c", 20)),
        "rung 2 is 20",
        "10");
    bad(() -> DegradationPolicy.of(Rung.of("a", 100), Rung.of("a", 10)), "a twice", "its own");
    bad(
        () -> DegradationPolicy.of(Rung.of("a", 100), Rung.ofStatic("b"), Rung.of("c", 0)),
        "rung 1 is static",
        "the last");
    bad(() -> Rung.of("", 100), "length is 0", "1");
    bad(() -> Rung.of("a", 101), "pricePercent is 101", "100");
    bad(
        () -> LADDER.latencyBudget(Duration.ofSeconds(30)).window(10, Duration.ofSeconds(59)),
        "window is PT59S",
        "PT1M");
    bad(() -> LADDER.window(0, Duration.ofMinutes(1)), "minCalls is 0", "1");
    bad(
        () -> LADDER.probing(Duration.ofSeconds(5), Duration.ofSeconds(4), 1),
        "maxProbeAfter is PT4S",
        "PT5S");
  }

  @Test
  void aLongerLatencyBudgetTakesTheWindowWithIt() {
    assertThat(LADDER.latencyBudget(Duration.ofMinutes(5)).window())
        .isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void aRungCostsNoLessThanItsShare() {
    assertThat(new Price(101, 7).percent(10)).isEqualTo(new Price(11, 1));
    assertThat(new Price(101, 7).percent(100)).isEqualTo(new Price(101, 7));
    assertThat(new Price(101, 7).percent(0)).isEqualTo(Price.FREE);
  }

  private static void bad(Runnable settings, String value, String bound) {
    assertThatIllegalArgumentException()
        .isThrownBy(settings::run)
        .withMessageContaining(value)
        .withMessageContaining(bound);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // it hears nothing
      }
    }
  }
}
