package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Work that is held for a human: who is, what becomes of it, and when. */
final class ParkingTest {
  private static final ParkPolicy ASK = ParkPolicy.always();
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private EngineHarness engine = new EngineHarness(s -> s.maxInFlight(2).maxWaiting(100));
  private AgentGate agent = engine.agent();

  private TargetGate asking(ParkPolicy policy) {
    return engine.target(t -> t.park(policy));
  }

  private static ParkPolicy ask(Action action) {
    return ASK.then(action, MINUTE);
  }

  @Test
  void aParkedTaskHoldsNoPermitAndItsActionFollowsAtItsTime() {
    TargetGate tool = asking(ask(Action.RUN));
    FakeTask parked = engine.submit(engine.job(), agent, tool);
    FakeTask[] others = new FakeTask[2];
    for (int i = 0; i < 2; i++) {
      others[i] = engine.submit(engine.job(), agent, engine.target());
      assertThat(others[i].runs()).isTrue();
      engine.finish(others[i]);
    }
    assertThat(engine.engine.ledger().parked()).isEqualTo(1);
    assertThat(engine.engine.ledger().running()).isZero();
    engine.advance(60 * SECOND);
    assertThat(parked.runs()).as("an input of that moment comes first").isFalse();
    engine.advance(60 * SECOND + 1);
    assertThat(parked.startedNs).isEqualTo(60 * SECOND);
    assertThat(engine.engine.ledger().parked()).isZero();
    engine.finish(parked);
    engine.assertAtRest();
  }

  @Test
  void aRefusedOneEndsAsDeclined() {
    FakeTask parked = engine.submit(engine.job(), agent, asking(ask(Action.REFUSE)));
    engine.advance(60 * SECOND + 1);
    assertThat(parked.ending).isEqualTo(Ending.CANCELLED_DECLINED);
    assertThat(parked.endedNs).isEqualTo(60 * SECOND);
    engine.assertAtRest();
  }

  private static ParkPolicy degrading() {
    return ask(Action.DEGRADE);
  }

  private TargetGate askingWithLadder() {
    return engine.target(
        t ->
            t.park(degrading())
                .degradation(DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20))));
  }

  @Test
  void aDegradedOneRunsAtTheLastRung() {
    TargetGate model = askingWithLadder();
    FakeTask parked = engine.submit(engine.job(), agent, model);
    FakeTask decided = engine.submit(engine.job(), agent, model);
    assertThat(engine.engine.decide(SECOND, decided.taskId(), Action.DEGRADE)).isTrue();
    assertThat(decided.runs()).isTrue();
    assertThat(decided.rung()).isEqualTo(1);
    engine.at(SECOND).finish(decided);
    engine.advance(60 * SECOND + 1);
    assertThat(parked.startedNs).isEqualTo(60 * SECOND);
    assertThat(parked.rung()).isEqualTo(1);
    engine.finish(parked);
    engine.assertAtRest();
  }

  @Test
  void whereThereIsNoRoomItRunsAtTheLastRungAtOnce() {
    engine = new EngineHarness(s -> s.maxInFlight(2).maxParked(0));
    agent = engine.agent();
    FakeTask task = engine.submit(engine.job(), agent, askingWithLadder());
    assertThat(task.runs()).isTrue();
    assertThat(task.rung()).isEqualTo(1);
    engine.finish(task);
    engine.assertAtRest();
  }

  @Test
  void whatCannotBeDegradedIsRefused() {
    FakeTask noLadder = engine.submit(engine.job(), agent, asking(degrading()));
    FakeTask firm = engine.submit(engine.job(), agent, askingWithLadder(), o -> o.firm());
    engine.advance(60 * SECOND + 1);
    assertThat(noLadder.ending).isEqualTo(Ending.CANCELLED_DECLINED);
    assertThat(firm.ending).isEqualTo(Ending.CANCELLED_DECLINED);
    engine.assertAtRest();
  }

  @Test
  void theFirstOfTwoDecisionsHolds() {
    TargetGate tool = asking(ask(Action.REFUSE));
    FakeTask approved = engine.submit(engine.job(), agent, tool);
    assertThat(engine.engine.decide(SECOND, approved.taskId(), Action.RUN)).isTrue();
    assertThat(engine.engine.decide(SECOND, approved.taskId(), Action.REFUSE)).isFalse();
    assertThat(approved.runs()).isTrue();
    engine.at(2 * SECOND).finish(approved);
    assertThat(approved.ending).isEqualTo(Ending.COMPLETED);
    engine.assertAtRest();
  }

  @Test
  void onlyDearCallsAreParkedAboveAPrice() {
    TargetGate model = asking(ParkPolicy.above(0.5).then(Action.RUN, MINUTE));
    FakeTask cheap = engine.submit(engine.job(), agent, model, o -> o.money(500_000_000));
    FakeTask dear = engine.submit(engine.job(), agent, model, o -> o.money(500_000_001));
    assertThat(cheap.runs()).isTrue();
    assertThat(dear.runs()).isFalse();
    assertThat(engine.log).contains("parked 1 PRICE " + 60 * SECOND);
  }

  @Test
  void whereThereIsNoRoomTheActionFollowsAtOnce() {
    engine = new EngineHarness(s -> s.maxInFlight(2).maxParked(1).maxParkedTokens(150));
    agent = engine.agent();
    TargetGate run = asking(ask(Action.RUN));
    TargetGate refuse = asking(ask(Action.REFUSE));
    FakeTask first = engine.submit(engine.job(), agent, run);
    FakeTask second = engine.submit(engine.job(), agent, run);
    FakeTask third = engine.submit(engine.job(), agent, refuse);
    assertThat(first.runs()).isFalse();
    assertThat(second.runs()).isTrue();
    assertThat(third.ending).isEqualTo(Ending.CANCELLED_DECLINED);
    // Nor beyond the tokens.
    assertThat(engine.engine.decide(SECOND, first.taskId(), Action.REFUSE)).isTrue();
    FakeTask large = engine.at(SECOND).submit(engine.job(), agent, run, o -> o.tokens(151));
    assertThat(large.runs()).isTrue();
  }

  @Test
  void aLoweredBoundThrowsNobodyOutAndLetsNobodyInUntilThereIsRoom() {
    TargetGate tool = asking(ask(Action.REFUSE));
    FakeTask first = engine.submit(engine.job(), agent, tool);
    FakeTask second = engine.submit(engine.job(), agent, tool);
    engine.engine.parkingLimited(engine.now, 2, 1_000_000);
    assertThat(engine.log).contains("parking full true");
    engine.engine.parkingLimited(engine.now, 1, 1_000_000);
    FakeTask third = engine.submit(engine.job(), agent, tool);
    assertThat(third.ending).isEqualTo(Ending.CANCELLED_DECLINED);
    assertThat(engine.engine.ledger().parked()).as("who was there stays").isEqualTo(2);
    assertThat(engine.engine.decide(SECOND, first.taskId(), Action.RUN)).isTrue();
    FakeTask fourth = engine.at(SECOND).submit(engine.job(), agent, tool);
    assertThat(fourth.ending).as("one is one too many").isEqualTo(Ending.CANCELLED_DECLINED);
    assertThat(engine.engine.decide(SECOND, second.taskId(), Action.RUN)).isTrue();
    FakeTask fifth = engine.submit(engine.job(), agent, tool);
    assertThat(fifth.ending).isNull();
    assertThat(fifth.runs()).isFalse();
    // Of tokens likewise.
    engine.engine.parkingLimited(engine.now, 10, 250);
    FakeTask sixth = engine.submit(engine.job(), agent, tool);
    FakeTask seventh = engine.submit(engine.job(), agent, tool);
    assertThat(sixth.ending).isNull();
    assertThat(seventh.ending).isEqualTo(Ending.CANCELLED_DECLINED);
    engine.engine.parkingLimited(engine.now, 10, 300);
    FakeTask eighth = engine.submit(engine.job(), agent, tool);
    assertThat(eighth.ending).isNull();
    assertThat(engine.engine.ledger().parked()).isEqualTo(3);
  }

  @Test
  void whatWasChangedIsPartOfTheDigest() {
    long before = engine.engine.digest();
    engine.engine.parkingLimited(engine.now, 1, 7);
    long parking = engine.engine.digest();
    engine.engine.retriesSpread(engine.now, 7);
    assertThat(parking).isNotEqualTo(before).isNotEqualTo(engine.engine.digest());
    var other = new EngineHarness(s -> s.maxInFlight(2));
    var third = new EngineHarness(s -> s.maxInFlight(2));
    other.engine.parkingLimited(other.now, 1, 7);
    third.engine.parkingLimited(third.now, 1, 8);
    assertThat(other.engine.digest()).isNotEqualTo(third.engine.digest());
  }

  @Test
  void withoutAStandingClockAParkedTaskExpires() {
    TargetGate tool = asking(ask(Action.RUN));
    FakeTask byTtl = engine.submit(engine.job(), agent, tool, o -> o.ttl(SECOND));
    FakeTask byJob = engine.submit(engine.jobUntil(2 * SECOND), agent, tool);
    engine.advance(10 * SECOND);
    assertThat(byTtl.ending).isEqualTo(Ending.EXPIRED_TTL);
    assertThat(byTtl.endedNs).isEqualTo(SECOND);
    assertThat(byJob.ending).isEqualTo(Ending.EXPIRED_JOB);
    engine.assertAtRest();
  }

  @Test
  void aStandingClockMovesTtlAndDeadlinesOfTheWholeJob() {
    TargetGate tool = asking(ask(Action.RUN).clockStands(true));
    FakeJob job = engine.jobUntil(10 * SECOND);
    FakeJob part = engine.split(job);
    engine.at(SECOND);
    FakeTask parked = engine.submit(part, agent, tool, o -> o.ttl(4 * SECOND));
    assertThat(job.deadlineNs()).isEqualTo(Long.MAX_VALUE);
    assertThat(part.deadlineNs()).isEqualTo(Long.MAX_VALUE);
    engine.advance(61 * SECOND + 1);
    assertThat(parked.startedNs).isEqualTo(61 * SECOND);
    assertThat(parked.startByNs()).isEqualTo(65 * SECOND);
    assertThat(job.deadlineNs()).isEqualTo(70 * SECOND);
    assertThat(part.deadlineNs()).isEqualTo(70 * SECOND);
    assertThat(parked.deadlineNs).isEqualTo(70 * SECOND);
    engine.advance(70 * SECOND + 1);
    assertThat(parked.ending).isEqualTo(Ending.TIMED_OUT_JOB);
    engine.finish(parked, AttemptEnd.THREW, 0, false);
    assertThat(job.retired + part.retired).isEqualTo(2);
    engine.assertAtRest();
  }

  @Test
  void twoStandingClocksOfAJobCountOnce() {
    TargetGate tool = asking(ask(Action.REFUSE).clockStands(true));
    FakeJob job = engine.jobUntil(10 * SECOND);
    FakeTask one = engine.submit(job, agent, tool);
    engine.at(2 * SECOND);
    FakeTask other = engine.submit(job, agent, tool);
    assertThat(engine.engine.decide(5 * SECOND, one.taskId(), Action.REFUSE)).isTrue();
    assertThat(job.deadlineNs()).isEqualTo(Long.MAX_VALUE);
    assertThat(engine.engine.decide(7 * SECOND, other.taskId(), Action.REFUSE)).isTrue();
    assertThat(job.deadlineNs()).isEqualTo(17 * SECOND);
  }

  @Test
  void aClosedJobTakesItsParkedTasksWithIt() {
    FakeJob job = engine.job();
    FakeTask parked = engine.submit(job, agent, asking(ask(Action.RUN).clockStands(true)));
    engine.engine.jobClosed(SECOND, job);
    assertThat(parked.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    assertThat(job.retired).isEqualTo(1);
    engine.assertAtRest();
  }

  @Test
  void anAgentsWorkIsParkedFromItsNthCutOffWithinAnHour() {
    ParkPolicy policy = ParkPolicy.atCutOff(2).then(Action.RUN, MINUTE);
    AgentGate flaky = engine.agent(a -> a.park(policy));
    BreakerPolicy breaker =
        BreakerPolicy.DEFAULT.failures(50, 4).open(Duration.ofSeconds(1), Duration.ofSeconds(1));
    TargetGate tool =
        engine.target(t -> t.agentBreaker(breaker.probes(1)).breaker(BreakerPolicy.OFF));
    FakeJob job = engine.job();
    cutOff(flaky, tool, job);
    FakeTask free = engine.submit(job, flaky, engine.target());
    assertThat(free.runs()).as("cut off once").isTrue();
    engine.finish(free);
    reclose(flaky, tool, job);
    cutOff(flaky, tool, job);
    FakeTask held = engine.submit(job, flaky, engine.target());
    FakeTask others = engine.submit(job, agent, engine.target());
    assertThat(held.runs()).as("cut off twice").isFalse();
    assertThat(others.runs()).isTrue();
    assertThat(engine.log).anyMatch(line -> line.contains("CUT_OFFS"));
    // Somebody looks at the agent: what it was cut off for is forgotten.
    engine.engine.holdAgent(engine.now, flaky, 0);
    engine.finish(others);
    assertThat(engine.submit(job, flaky, engine.target()).runs()).isTrue();
    assertThat(engine.engine.decide(engine.now, held.taskId(), Action.REFUSE)).isTrue();
  }

  private void cutOff(AgentGate flaky, TargetGate tool, FakeJob job) {
    int before = opened();
    for (int call = 0; call < 20 && opened() == before; call++) {
      engine.fail(engine.submit(job, flaky, tool), CallClass.FATAL, 0, false);
    }
    assertThat(opened()).isEqualTo(before + 1);
  }

  private int opened() {
    return (int) engine.log.stream().filter(line -> line.endsWith(" OPEN")).count();
  }

  private void reclose(AgentGate flaky, TargetGate tool, FakeJob job) {
    engine.advance(engine.now + 3 * SECOND);
    engine.finish(engine.submit(job, flaky, tool));
    assertThat(engine.log).anyMatch(line -> line.endsWith(" CLOSED"));
  }

  // ---- an operator's words

  @Test
  void aPausedAgentStartsNothingUntilItsTime() {
    engine.engine.holdAgent(0, agent, 5 * SECOND);
    FakeTask held = engine.submit(engine.job(), agent, engine.target());
    FakeTask other = engine.submit(engine.job(), engine.agent(), engine.target());
    assertThat(held.runs()).isFalse();
    assertThat(other.runs()).isTrue();
    engine.advance(5 * SECOND + 1);
    assertThat(held.startedNs).isEqualTo(5 * SECOND);
    assertThat(engine.log).contains("held agent-0 null " + 5 * SECOND, "held agent-0 null 0");
  }

  @Test
  void aPausedTargetStartsNothingUntilItIsResumed() {
    TargetGate tool = engine.target();
    engine.engine.holdTarget(0, tool, 5 * SECOND);
    FakeTask held = engine.submit(engine.job(), agent, tool);
    assertThat(held.runs()).isFalse();
    assertThat(tool.cutoff()).isNotNull();
    engine.engine.holdTarget(SECOND, tool, 0);
    assertThat(held.startedNs).isEqualTo(SECOND);
    assertThat(tool.cutoff()).isNull();
  }

  @Test
  void aPauseOfAllEndsByItself() {
    engine.engine.holdAll(0, -1, false, 5 * SECOND);
    FakeTask held = engine.submit(engine.job(), agent, engine.target());
    assertThat(held.runs()).isFalse();
    engine.advance(5 * SECOND + 1);
    assertThat(held.startedNs).isEqualTo(5 * SECOND);
    assertThat(engine.log).contains("admissions -1 false " + 5 * SECOND, "admissions 2 true 0");
  }

  @Test
  void aForcedBreakerHoldsForItsTime() {
    TargetGate tool =
        engine.target(
            t ->
                t.breaker(BreakerPolicy.DEFAULT.failures(1, 1).probes(1))
                    .agentBreaker(BreakerPolicy.OFF));
    FakeJob job = engine.job();
    engine.engine.forceBreaker(0, tool, null, true, 5 * SECOND);
    FakeTask held = engine.submit(job, agent, tool);
    assertThat(held.runs()).isFalse();
    engine.advance(5 * SECOND + 1);
    assertThat(held.startedNs).as("as a probe").isEqualTo(5 * SECOND);
    engine.engine.forceBreaker(6 * SECOND, tool, null, false, 60 * SECOND);
    engine.at(6 * SECOND).fail(held, CallClass.FATAL, 0, false);
    for (int i = 0; i < 30; i++) {
      FakeTask task = engine.submit(job, agent, tool);
      assertThat(task.runs()).as("nothing opens it").isTrue();
      engine.fail(task, CallClass.FATAL, 0, false);
    }
    engine.at(61 * SECOND);
    for (int i = 0; i < 30 && engine.engine.breakerOf(tool).equals("CLOSED"); i++) {
      engine.fail(engine.submit(job, agent, tool), CallClass.FATAL, 0, false);
    }
    assertThat(engine.engine.breakerOf(tool)).isEqualTo("OPEN");
  }

  @Test
  void whoIsNotThereCannotBeHeld() {
    engine.engine.agentRemoved(0, agent);
    assertThat(engine.engine.holdAgent(0, agent, SECOND)).isFalse();
    assertThat(AgentSettings.DEFAULT.park().isOff()).isTrue();
  }

  @Test
  void whatAJobsOldDeadlineCutsOffIsNoTimeoutOfItsTarget() {
    TargetGate model = engine.target(t -> t.timeout(MINUTE));
    FakeJob job = engine.jobUntil(10 * SECOND);
    FakeTask running = engine.submit(job, agent, model);
    engine.at(5 * SECOND);
    FakeTask parked = engine.submit(job, agent, asking(ask(Action.REFUSE).clockStands(true)));
    engine.advance(11 * SECOND);
    assertThat(parked.ending).isNull();
    assertThat(running.endedNs).isEqualTo(10 * SECOND);
    assertThat(running.ending).isEqualTo(Ending.TIMED_OUT_JOB);
  }

  @Test
  void aLookSliceBySliceSeesOnceWhoStays() {
    TargetGate tool = asking(ask(Action.REFUSE));
    FakeJob job = engine.job();
    List<FakeTask> tasks = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      tasks.add(engine.submit(job, agent, tool));
    }
    var look = new ParkedLook();
    var other = new ParkedLook();
    List<Reservation> seen = new ArrayList<>();
    List<Reservation> seenByOther = new ArrayList<>();
    assertThat(look(look, 4, seen)).isTrue();
    assertThat(look(other, 9, seenByOther)).isTrue();
    // Those that would be next leave, the last one too, and another one comes.
    for (int i : new int[] {4, 5, 9}) {
      assertThat(engine.engine.decide(0, tasks.get(i).taskId(), Action.REFUSE)).isTrue();
    }
    tasks.add(engine.submit(job, agent, tool));
    assertThat(look(look, 4, seen)).isTrue();
    assertThat(look(look, 4, seen)).isFalse();
    assertThat(look(other, 4, seenByOther)).isFalse();
    assertThat(seen)
        .containsExactlyElementsOf(
            IntStream.of(0, 1, 2, 3, 6, 7, 8, 10).mapToObj(tasks::get).toList());
    assertThat(seenByOther).containsExactlyElementsOf(tasks.subList(0, 9));
  }

  private boolean look(ParkedLook look, int max, List<Reservation> seen) {
    return engine.engine.lookAtParked(
        look, max, (task, reason, policy, parkedNs, actionNs) -> seen.add(task));
  }
}
