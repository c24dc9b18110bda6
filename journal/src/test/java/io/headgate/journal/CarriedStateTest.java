package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.By;
import io.headgate.CallClass;
import io.headgate.CallEnd;
import io.headgate.ConcurrencyPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.Headgate;
import io.headgate.Operator;
import io.headgate.OperatorAnswer;
import io.headgate.Outcome;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Priority;
import io.headgate.Recovery;
import io.headgate.Recovery.Fate;
import io.headgate.Refusal;
import io.headgate.Target;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What agents and targets have learned, and been told, goes on after a crash. */
@Timeout(120)
class CarriedStateTest extends CrashedHosts {
  private static final Duration OPEN = Duration.ofMinutes(10);
  private static final BreakerPolicy BREAKER =
      BreakerPolicy.DEFAULT.failures(15, 5).open(OPEN, Duration.ofHours(1)).probes(1);

  private static TargetSettings breaks(TargetSettings t) {
    return t.maxInFlight(1).breaker(BREAKER).agentBreaker(BREAKER);
  }

  private void fail(Headgate headgate, Agent agent, Target target) throws InterruptedException {
    while (ask(headgate, agent, target, "bad") instanceof Admitted<String> handle) {
      var _ = handle.join();
      var _ = headgate.snapshot(); // its end is known to all
    }
  }

  private static String breaker(Headgate headgate, String target) {
    return headgate.snapshot().targets().stream()
        .filter(each -> each.id().equals(target))
        .findFirst()
        .orElseThrow()
        .breaker();
  }

  @Test
  void anOpenBreakerIsOpenForWhatIsLeftOfItsTime() throws Exception {
    Headgate before = begin();
    Agent bad = before.agent("bad");
    Target model = before.target("model", CarriedStateTest::breaks);
    fail(before, bad, model);
    Duration first = refusedFor(Refusal.TARGET_UNAVAILABLE, ask(before, bad, model, "x"));
    assertThat(first).isGreaterThan(OPEN.minusMinutes(1));

    Headgate after = crash(before, Duration.ofMinutes(4));
    Target again = after.target("model", CarriedStateTest::breaks);
    Agent other = after.agent("other");
    assertThat(breaker(after, "model")).isEqualTo("OPEN");
    assertThat(refusedFor(Refusal.TARGET_UNAVAILABLE, ask(after, other, again, "x")))
        .isBetween(first.minusMinutes(6), first.minusMinutes(3));
    assertVerifies();
  }

  @Test
  void itsTimeIsOverWithoutAHeadgateTooAndItGoesOnWithItsBackoff() throws Exception {
    Headgate before = begin();
    fail(before, before.agent("bad"), before.target("model", CarriedStateTest::breaks));

    Headgate after = crash(before, Duration.ofMinutes(20));
    Target again = after.target("model", CarriedStateTest::breaks);
    assertThat(breaker(after, "model")).isEqualTo("HALF_OPEN");
    // One probe, which fails: the second time in a row.
    Agent other = after.agent("other");
    fail(after, other, again);
    assertThat(refusedFor(Refusal.TARGET_UNAVAILABLE, ask(after, other, again, "x")))
        .isGreaterThan(OPEN.multipliedBy(2).minusMinutes(1));

    // It is well the next time, and remembered all the same.
    Headgate well = crash(after, Duration.ofMinutes(60));
    Target third = well.target("model", CarriedStateTest::breaks);
    assertThat(breaker(well, "model")).isEqualTo("HALF_OPEN");
    Admission<String> probe = ask(well, well.agent("other"), third, "good");
    assertThat(((Admitted<String>) probe).join()).isNotNull();
    assertThat(breaker(well, "model")).isEqualTo("CLOSED");
    Headgate last = crash(well, Duration.ofMinutes(62));
    Target fourth = last.target("model", CarriedStateTest::breaks);
    assertThat(breaker(last, "model")).isEqualTo("CLOSED");
    fail(last, last.agent("worse"), fourth);
    assertThat(refusedFor(Refusal.TARGET_UNAVAILABLE, ask(last, last.agent("x"), fourth, "x")))
        .isGreaterThan(OPEN.multipliedBy(4).minusMinutes(1));
    assertVerifies();
  }

  @Test
  void anAgentIsCutOffAsItWasWhoeverIsRegisteredFirst() throws Exception {
    Headgate before = begin();
    Target model = before.target("model", CarriedStateTest::breaks);
    Agent good = before.agent("good");
    for (int i = 0; i < 60; i++) {
      var _ = ((Admitted<String>) ask(before, good, model, "good")).join();
    }
    Agent bad = before.agent("bad");
    fail(before, bad, model);
    assertThat(refusedFor(Refusal.AGENT_CUT_OFF, ask(before, bad, model, "x"))).isPositive();

    for (boolean agentFirst : new boolean[] {true, false}) {
      Headgate after = crash(before, Duration.ofMinutes(1));
      if (agentFirst) {
        Agent _ = after.agent("bad");
      }
      Target again = after.target("model", CarriedStateTest::breaks);
      assertThat(refusedFor(Refusal.AGENT_CUT_OFF, settled(after, after.agent("bad"), again)))
          .isBetween(OPEN.minusMinutes(3), OPEN.plusMinutes(6));
      assertThat(ask(after, after.agent("good"), again, "good")).isInstanceOf(Admitted.class);
      before = after;
    }
    assertVerifies();
  }

  @Test
  void anOperatorsWordOnABreakerHolds() throws Exception {
    Headgate before = begin();
    By by = new By("me", "it is being mended");
    Target opened = before.target("opened", CarriedStateTest::breaks);
    Target closed = before.target("closed", CarriedStateTest::breaks);
    var _ = before.operator().openBreaker(opened, Duration.ofHours(2), by);
    var _ = before.operator().closeBreaker(closed, Duration.ofHours(2), by);
    var _ = before.operator().openBreaker(before.agent("agent"), closed, Duration.ofHours(2), by);

    Headgate after = crash(before, Duration.ofHours(1));
    Agent agent = after.agent("agent");
    Target stillOpen = after.target("opened", t -> t.breaker(BreakerPolicy.OFF));
    assertThat(refusedFor(Refusal.TARGET_UNAVAILABLE, settled(after, agent, stillOpen)))
        .isBetween(Duration.ofMinutes(50), Duration.ofMinutes(80));
    Target stillClosed = after.target("closed", CarriedStateTest::breaks);
    assertThat(refusedFor(Refusal.AGENT_CUT_OFF, settled(after, agent, stillClosed))).isPositive();
    Agent bad = after.agent("bad");
    for (int i = 0; i < 30; i++) {
      if (ask(after, bad, stillClosed, "bad") instanceof Admitted<String> handle) {
        var _ = handle.join();
      }
    }
    assertThat(breaker(after, "closed")).isEqualTo("CLOSED");

    Headgate later = crash(after, Duration.ofHours(3));
    Target _ = later.target("opened", CarriedStateTest::breaks);
    assertThat(breaker(later, "opened")).isEqualTo("HALF_OPEN");
    Target again = later.target("closed", CarriedStateTest::breaks);
    fail(later, later.agent("worse"), again);
    assertThat(breaker(later, "closed")).isEqualTo("OPEN");
    assertVerifies();
  }

  @Test
  void aRungThatIsCutOffIsCutOff() throws Exception {
    UnaryOperator<TargetSettings> ladder =
        t ->
            t.breaker(BREAKER)
                .agentBreaker(BreakerPolicy.OFF)
                .degradation(
                    DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 10))
                        .window(5, Duration.ofMinutes(10))
                        .probing(OPEN, Duration.ofHours(1), 1));
    Headgate before = begin();
    Target model = before.target("model", ladder);
    Agent bad = before.agent("bad");
    fail(before, bad, model);
    assertThat(breaker(before, "model")).isEqualTo("OPEN");
    Headgate after = crash(before, Duration.ZERO);
    Target again = after.target("model", ladder);
    assertThat(refusedFor(Refusal.TARGET_UNAVAILABLE, settled(after, after.agent("x"), again)))
        .isPositive();
    assertVerifies();
  }

  @Test
  void whatWaitedBehindABreakerWaitsBehindIt() throws Exception {
    Headgate before = begin();
    Target model = before.target("model", CarriedStateTest::breaks);
    Agent agent = before.agent("agent");
    By by = new By("me", "it is being mended");
    assertThat(ask(before, agent, model, "hang")).isInstanceOf(Admitted.class);
    started.acquire();
    assertThat(ask(before, agent, model, "waits")).isInstanceOf(Admitted.class);
    var _ = before.operator().openBreaker(model, Duration.ofHours(2), by);

    Headgate after = crash(before, Duration.ZERO);
    Target again = after.target("model", CarriedStateTest::breaks);
    Agent same = after.agent("agent");
    assertThat(refusedFor(Refusal.TARGET_UNAVAILABLE, settled(after, same, again))).isPositive();
    Recovery recovery = after.recover();
    assertThat(fates(recovery)).containsExactly(Fate.PARKED, Fate.WAITS);
    var _ = after.operator().closeBreaker(again, Duration.ofHours(1), by);
    assertThat(recovery.tasks().get(1).handle().orElseThrow().join())
        .isEqualTo(new Outcome.Completed<>("re: waits"));
    assertVerifies();
  }

  @Test
  void whatAnOperatorHoldsUpIsHeldUpUntilItsTimeIsOver() throws Exception {
    Headgate before = begin();
    By by = new By("me", "not now");
    Operator operator = before.operator();
    Agent held = before.agent("held");
    Target heldTarget = before.target("held");
    Agent free = before.agent("free");
    Target model = before.target("model");
    var _ = operator.pause(held, Duration.ofHours(2), by);
    var _ = operator.pause(heldTarget, Duration.ofHours(2), by);
    var _ = operator.pause(free, Duration.ofHours(2), by);
    var _ = operator.resume(free, by);
    var _ = operator.pause(model, Duration.ofHours(2), by);
    var _ = operator.resume(model, by);
    var _ = operator.pause(before.target("short"), Duration.ofMinutes(30), by);

    Headgate after = crash(before, Duration.ofHours(1));
    Agent stillHeld = after.agent("held");
    Agent stillFree = after.agent("free");
    Target stillHeldTarget = after.target("held");
    Target stillFreeTarget = after.target("model");
    assertThat(refusedFor(Refusal.AGENT_PAUSED, settled(after, stillHeld, stillFreeTarget)))
        .isBetween(Duration.ofMinutes(50), Duration.ofMinutes(80));
    assertThat(refusedFor(Refusal.TARGET_UNAVAILABLE, ask(after, stillFree, stillHeldTarget, "x")))
        .isBetween(Duration.ofMinutes(50), Duration.ofMinutes(80));
    assertThat(ask(after, stillFree, stillFreeTarget, "x")).isInstanceOf(Admitted.class);
    assertThat(settled(after, stillFree, after.target("short"))).isInstanceOf(Admitted.class);
    // It is known who said so, and what he overrules.
    var answer = after.operator().resume(stillHeld, new By("you", "enough"));
    assertThat(answer).isInstanceOf(OperatorAnswer.Done.class);
    assertThat(((OperatorAnswer.Done) answer).overruled().by()).isEqualTo(by);
    assertThat(settled(after, stillHeld, stillFreeTarget)).isInstanceOf(Admitted.class);

    Headgate later = crash(after, Duration.ofHours(1));
    Agent resumed = later.agent("held");
    assertThat(settled(later, resumed, later.target("model"))).isInstanceOf(Admitted.class);
    refusedFor(Refusal.TARGET_UNAVAILABLE, settled(later, resumed, later.target("held")));
    assertVerifies();
  }

  @Test
  void whatAllAreToldHoldsForAllAndWhatWaitedWaits() throws Exception {
    Headgate before = begin();
    By by = new By("me", "not now");
    Agent agent = before.agent("agent");
    Target model = before.target("model", CarriedStateTest::breaks);
    assertThat(ask(before, agent, model, "hang")).isInstanceOf(Admitted.class);
    started.acquire();
    assertThat(ask(before, agent, model, "waits")).isInstanceOf(Admitted.class);
    var _ = before.operator().pauseAll(Duration.ofHours(2), by);

    Headgate after = crash(before, Duration.ofMinutes(3));
    Agent same = after.agent("agent");
    Target again = after.target("model", CarriedStateTest::breaks);
    assertThat(refusedFor(Refusal.PAUSED, settled(after, same, again)))
        .isBetween(Duration.ofMinutes(110), Duration.ofMinutes(150));
    // What had been let in before nobody keeps out, but it does not start.
    Recovery recovery = after.recover();
    assertThat(fates(recovery)).containsExactly(Fate.PARKED, Fate.WAITS);
    assertThat(after.snapshot().waiting()).isEqualTo(2);
    var _ = after.operator().resumeAll(by);
    assertThat(recovery.tasks().get(1).handle().orElseThrow().join())
        .isEqualTo(new Outcome.Completed<>("re: waits"));

    var _ = after.operator().admit(Priority.CRITICAL, Duration.ofHours(2), by);
    Headgate later = crash(after, Duration.ofHours(1));
    assertThat(refusedFor(Refusal.LEVEL, settled(later, later.agent("x"), later.target("x"))))
        .isPositive();
    Headgate last = crash(later, Duration.ofHours(4));
    assertThat(settled(last, last.agent("x"), last.target("x"))).isInstanceOf(Admitted.class);
    assertVerifies();
  }

  @Test
  void whoWasCutOffTooOftenIsHeldForAHuman() throws Exception {
    UnaryOperator<AgentSettings> held =
        a -> a.park(ParkPolicy.atCutOff(1).then(ParkPolicy.Action.REFUSE, Duration.ofHours(2)));
    Headgate before = begin();
    fail(before, before.agent("bad", held), before.target("model", CarriedStateTest::breaks));

    Headgate after = crash(before, Duration.ofMinutes(40));
    Agent bad = after.agent("bad", held);
    Target other = after.target("other");
    assertThat(ask(after, bad, other, "x")).isInstanceOf(Admitted.class);
    assertThat(after.operator().parked().getFirst().reason()).isEqualTo(ParkReason.CUT_OFFS);

    Headgate later = crash(after, Duration.ofMinutes(70));
    assertThat(ask(later, later.agent("bad", held), later.target("other"), "x"))
        .isInstanceOf(Admitted.class);
    assertThat(later.operator().parked()).isEmpty(); // that one waits for recover()
    assertVerifies();
  }

  @Test
  void aLimitGoesOnWhereItWas() throws Exception {
    UnaryOperator<TargetSettings> limited = t -> t.concurrency(ConcurrencyPolicy.DEFAULT.first(8));
    Headgate before = begin();
    Target model = before.target("model", limited);
    Agent agent = before.agent("agent");
    // While as many run as may, and none is slower than another, more may; on a machine that is
    // busy with other things fewer may, or it takes too long.
    long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (permits(before) >= 6 && permits(before) <= 10) {
      Assumptions.assumeTrue(System.nanoTime() < untilNs, "the machine is too busy");
      List<Admitted<String>> batch = new ArrayList<>();
      while (batch.size() < 40 && ask(before, agent, model, "x") instanceof Admitted<String> one) {
        batch.add(one);
      }
      for (Admitted<String> each : batch) {
        var _ = each.join();
      }
    }
    int found = permits(before);
    Headgate after = crash(before, Duration.ZERO);
    Target _ = after.target("model", limited);
    assertThat(permits(after)).isBetween(found - found / 4, found + found / 4).isNotEqualTo(8);
    assertVerifies();
  }

  private static int permits(Headgate headgate) {
    return headgate.snapshot().targets().getFirst().permits();
  }

  @Test
  void aTargetThatAskedForItIsLeftAloneForWhatIsLeft() throws Exception {
    UnaryOperator<TargetSettings> patient =
        t ->
            t.maxPause(Duration.ofHours(1))
                .classifier(
                    (value, failure) -> new CallEnd(CallClass.REJECTED, Duration.ofMinutes(30)));
    Headgate before = begin();
    Target model = before.target("model", patient);
    var _ = ((Admitted<String>) ask(before, before.agent("a"), model, "x")).join();
    assertThat(breaker(before, "model")).isEqualTo("PAUSED");

    Headgate after = crash(before, Duration.ofMinutes(10));
    Target again = after.target("model", patient);
    assertThat(breaker(after, "model")).isEqualTo("PAUSED");
    assertThat(refusedFor(Refusal.TARGET_UNAVAILABLE, ask(after, after.agent("a"), again, "x")))
        .isBetween(Duration.ofMinutes(17), Duration.ofMinutes(22));
    Headgate later = crash(after, Duration.ofMinutes(31));
    Target _ = later.target("model", patient);
    assertThat(breaker(later, "model")).isEqualTo("CLOSED");
    assertVerifies();
  }

  @Test
  void agentsThatAreForgottenAreForgottenHereToo() throws Exception {
    Headgate before = begin();
    Target model = before.target("model");
    for (int i = 0; i < 1_500; i++) { // more than there is room for at once
      Agent agent = before.agent("agent-" + i);
      if (i % 50 == 0) {
        var _ = ((Admitted<String>) ask(before, agent, model, "x")).join();
      }
      agent.remove();
    }
    crash(before, Duration.ZERO).shutdown(Duration.ZERO);
    assertThat(PastReader.read(folder, JournalReader.lastSequence(folder)).usedBy()).isEmpty();
    assertThat(Snapshots.latest(folder).useOf()).isEmpty();
  }
}
