package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.LoopPolicy;
import io.headgate.Priority;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The gates stand in the design's order, and a submission takes all of them or none. */
@Timeout(30)
class GatesTest {
  private static final int NORMAL = Priority.NORMAL.ordinal();

  private static final long SECOND = 1_000_000_000L;
  private static final long NOW = 1_000 * SECOND;
  private static final long TOKENS = 10;
  private static final long MONEY = 20;

  // Of what its own agent has waiting.
  private static void waits(Gateway gateway, long ofNewNs, long ofBegunNs, long jobNs) {
    gateway.agent.publishQueued(99);
    gateway.target.publishRound(NORMAL, SECOND);
    gateway.target.publishEstimates(NORMAL, ofNewNs, ofBegunNs, jobNs);
  }

  /** Every gate in its order, and a way to shut it alone. */
  @SuppressWarnings("ImmutableEnumChecker") // the lambdas capture nothing
  private enum Shut {
    CLOSED(g -> g.gates.waitingRoom().close(), Refusal.CLOSED),
    JOB(g -> g.job.closeAccount(), Refusal.JOB_CLOSED),
    LEVEL(g -> g.gates.publishLevel(Priority.CRITICAL.ordinal(), Gate.UNTIL_OPENED), Refusal.LEVEL),
    TARGET_LEVEL(
        g -> {
          waits(g, 1, 1, 0);
          g.target.publishLevel(1, 0);
        },
        Refusal.LEVEL),
    TARGET(
        g -> g.target.shut(Refusal.TARGET_UNAVAILABLE, NOW + SECOND), Refusal.TARGET_UNAVAILABLE),
    AGENT(g -> g.agent.shut(Refusal.AGENT_PAUSED, NOW + SECOND), Refusal.AGENT_PAUSED),
    DEADLINE(g -> g.deadlineNs = NOW, Refusal.DEADLINE_PASSED),
    WAIT(g -> waits(g, 2 * SECOND + 1, 2 * SECOND + 1, 0), Refusal.WOULD_EXPIRE),
    DEPTH(g -> g.caller = new Parent(5), Refusal.DEPTH),
    FAN_OUT(
        g -> {
          if (g.caller == null) {
            g.caller = new Parent(0);
          }
          while (g.caller.tryTakeChild(2)) {
            // until it has all it may have
          }
        },
        Refusal.FAN_OUT),
    JOB_CALLS(
        g -> {
          while (g.job.tryTakeCall()) {
            // until it has all it may have
          }
        },
        Refusal.JOB_CALLS),
    TARGET_CALLS(
        g -> {
          while (g.job.tryTakeCall(g.target, 4)) {
            // until it has all it may have
          }
        },
        Refusal.TARGET_CALLS),
    LOOP(
        g -> {
          long key = LoopGuard.key(g.target, g.arguments);
          while (g.job.loopGuard().tryTake(key, LoopPolicy.DEFAULT, NOW) > 0) {
            // until it has all it may have
          }
        },
        Refusal.LOOP),
    AGENT_ROOM(g -> fill(g.agent.waitingRoom(), 4), Refusal.AGENT_WAITING_ROOM_FULL),
    ROOM(g -> fill(g.gates.waitingRoom(), 6), Refusal.WAITING_ROOM_FULL),
    AGENT_BUCKET(g -> drain(g.agent.bucket(), 100), Refusal.AGENT_RATE),
    BUCKET(g -> drain(g.gates.bucket(), 200), Refusal.GLOBAL_RATE),
    JOB_TASKS(
        g -> {
          for (int i = 0; i < 3; i++) {
            assertThat(g.job.tryReserve(0, 0)).isEqualTo(JobAccount.Reserve.DONE);
          }
        },
        Refusal.JOB_TASKS_FULL),
    JOB_TOKENS(g -> g.job.enlarge(1_000 - TOKENS + 1), Refusal.TOKEN_BUDGET),
    JOB_MONEY(g -> g.job.tryEnlargeMoney(1_000 - MONEY + 1, false), Refusal.MONEY_BUDGET);

    final Consumer<Gateway> shut;
    final Refusal reason;

    Shut(Consumer<Gateway> shut, Refusal reason) {
      this.shut = shut;
      this.reason = reason;
    }
  }

  private static void fill(WaitingRoom room, int places) {
    for (int i = 0; i < places; i++) {
      assertThat(room.tryTake(places)).isTrue();
    }
  }

  private static void drain(TokenBucket bucket, long burst) {
    assertThat(bucket.tryTake(burst, NOW)).isTrue();
  }

  /** What a submission could have taken from, as one value. */
  private record State(
      long agentPlaces,
      long places,
      long agentBucketNs,
      long bucketNs,
      int jobLive,
      long jobTokens,
      long jobMoney,
      int children,
      long calls,
      int callsAtTarget,
      int sameCalls) {}

  private static final class Parent extends Caller {
    private @Nullable Trial trial;

    Parent(int depth) {
      super(depth);
    }

    @Override
    public @Nullable Trial trial() {
      return trial;
    }
  }

  /** All gates open, a token a second (two in all), and room for the task. */
  private static final class Gateway {
    final Gates gates =
        new Gates(
            HeadgateSettings.DEFAULT
                .maxWaiting(8)
                .begunPercent(25)
                .tokensPerMinute(120)
                .burstTokens(200)
                .retrySpreadPercent(0),
            () -> NOW);
    final AgentGate agent =
        new AgentGate(
            "agent",
            0,
            AgentSettings.DEFAULT.maxWaiting(4).tokensPerMinute(60).burstTokens(100),
            null);
    final TargetGate target =
        new TargetGate("target", 0, TargetSettings.DEFAULT.maxCallsPerJob(4), null);
    final JobAccount job =
        new JobAccount(
            0,
            0,
            null,
            Long.MAX_VALUE,
            JobSettings.DEFAULT
                .tokenBudget(1_000)
                .moneyBudget(1e-6)
                .maxTasks(3)
                .maxDepth(5)
                .maxFanOut(2)
                .maxCalls(9));
    final long arguments = 7;
    @Nullable Caller caller;
    long deadlineNs = NOW + 5 * SECOND;

    @Nullable Refused<?> test() {
      return test(TOKENS, MONEY, false);
    }

    @Nullable Refused<?> test(long tokens, long money, boolean child) {
      return gates.test(
          agent,
          target,
          job,
          Priority.NORMAL,
          child ? new Parent(0) : caller,
          arguments,
          tokens,
          money,
          NOW,
          NOW + 2 * SECOND,
          deadlineNs,
          true,
          false);
    }

    @Nullable Refused<?> tryTake() {
      return gates.tryTake(reservation(this), caller, NOW);
    }

    State state() {
      return new State(
          agent.waitingRoom().taken(),
          gates.waitingRoom().taken(),
          agent.bucket().waitNs(100, NOW),
          gates.bucket().waitNs(200, NOW),
          job.liveReservations(),
          job.tokensLeft(),
          job.moneyLeft(),
          caller == null ? 0 : caller.children(),
          job.calls(),
          job.calls(target),
          job.sameCalls(target, arguments, NOW));
    }

    void assertRefusedOnce(Refusal reason) {
      assertThat(gates.refusals().asMap()).containsOnly(Map.entry(reason, 1L));
      assertThat(agent.refusals().asMap()).containsOnly(Map.entry(reason, 1L));
      assertThat(target.refusals().asMap()).containsOnly(Map.entry(reason, 1L));
    }
  }

  static Stream<Arguments> pairs() {
    Shut[] all = Shut.values();
    return Stream.of(all)
        .flatMap(
            first ->
                Stream.of(all)
                    .filter(second -> second.ordinal() > first.ordinal())
                    .filter(second -> !isPassed(first, second))
                    .map(second -> Arguments.of(first, second)));
  }

  // What a running call submits passes a target's level.
  private static boolean isPassed(Shut first, Shut second) {
    return first == Shut.TARGET_LEVEL && (second == Shut.DEPTH || second == Shut.FAN_OUT);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void ofTwoShutGatesTheEarlierGivesTheReason(Shut first, Shut second) {
    var gateway = new Gateway();
    second.shut.accept(gateway);
    first.shut.accept(gateway);
    State before = gateway.state();
    assertThat(gateway.test().reason()).isEqualTo(first.reason);
    assertThat(gateway.state()).as("a test takes nothing").isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource
  void eachGateAloneRefusesAndIsCountedOnceForAgentTargetAndAll(Shut gate) {
    var gateway = new Gateway();
    assertThat(gateway.test()).as("all open").isNull();
    assertThat(gateway.gates.refusals().total()).isZero();
    gate.shut.accept(gateway);
    assertThat(gateway.test().reason()).isEqualTo(gate.reason);
    gateway.assertRefusedOnce(gate.reason);
  }

  // A race that is lost between the two passes: the gate shuts after it was looked at.
  @ParameterizedTest
  @EnumSource(
      names = {
        "CLOSED",
        "JOB",
        "DEPTH",
        "FAN_OUT",
        "JOB_CALLS",
        "TARGET_CALLS",
        "LOOP",
        "AGENT_ROOM",
        "ROOM",
        "AGENT_BUCKET",
        "BUCKET",
        "JOB_TASKS",
        "JOB_TOKENS",
        "JOB_MONEY"
      })
  void aLostRaceAtAnyGateLeavesTheOthersAsTheyWere(Shut gate) {
    var gateway = new Gateway();
    assertThat(gateway.test()).isNull();
    gate.shut.accept(gateway);
    State before = gateway.state();
    assertThat(gateway.tryTake().reason()).isEqualTo(gate.reason);
    assertThat(gateway.state()).isEqualTo(before);
    gateway.assertRefusedOnce(gate.reason);
  }

  @Test
  void anAgentThatIsEvictedMeanwhileCountsAsRemoved() {
    var gateway = new Gateway();
    assertThat(gateway.agent.waitingRoom().closeIfEmpty()).isTrue();
    State before = gateway.state();
    assertThat(gateway.tryTake().reason()).isEqualTo(Refusal.AGENT_REMOVED);
    assertThat(gateway.state()).isEqualTo(before);
  }

  @Test
  void takesOneOfEachAndGivesAllBack() {
    var gateway = new Gateway();
    gateway.caller = new Parent(0);
    State before = gateway.state();
    Reservation task = reservation(gateway);
    assertThat(gateway.gates.tryTake(task, gateway.caller, NOW)).isNull();
    assertThat(gateway.state())
        .isEqualTo(
            new State(1, 1, 10 * SECOND, 5 * SECOND, 1, 1_000 - TOKENS, 1_000 - MONEY, 1, 1, 1, 1));
    Refused<?> refused = gateway.gates.giveBackAll(task, gateway.caller, Refusal.RING_FULL, NOW);
    assertThat(refused.reason()).isEqualTo(Refusal.RING_FULL);
    assertThat(gateway.state()).isEqualTo(before);
    gateway.assertRefusedOnce(Refusal.RING_FULL);
    assertThat(gateway.gates.isGivenBack()).as("nobody is parked").isFalse();
  }

  @Test
  void whatIsGivenBackIsNotedForWhoIsParkedAtABudget() {
    var gateway = new Gateway();
    gateway.gates.publishUnfunded(true);
    Reservation task = reservation(gateway);
    assertThat(gateway.gates.tryTake(task, gateway.caller, NOW)).isNull();
    assertThat(gateway.gates.isGivenBack()).isFalse();
    var _ = gateway.gates.giveBackAll(task, gateway.caller, Refusal.RING_FULL, NOW);
    assertThat(gateway.gates.takeGivenBack()).isTrue();
    assertThat(gateway.gates.takeGivenBack()).as("once").isFalse();
  }

  @Test
  void settlesAllToTheActualAndAnEnlargementIsDebtInTheBuckets() {
    var gateway = new Gateway();
    assertThat(gateway.tryTake()).isNull();
    Reservation task = reservation(gateway);
    assertThat(gateway.job.enlarge(20)).isEqualTo(20);
    assertThat(gateway.job.tryEnlargeMoney(40, false)).isTrue();
    assertThat(gateway.gates.settle(task, 20, 40, 26, 50, NOW)).isFalse();
    gateway.gates.giveBackPlaces(gateway.agent, 1);
    assertThat(gateway.state())
        .isEqualTo(
            new State(0, 0, 26 * SECOND, 13 * SECOND, 0, 1_000 - 26, 1_000 - 50, 0, 1, 1, 1));
  }

  private static Reservation reservation(Gateway gateway) {
    return new Reservation(
        gateway.agent,
        gateway.target,
        gateway.job,
        Priority.NORMAL,
        gateway.caller == null ? 0 : gateway.caller.childDepth(),
        gateway.arguments,
        4,
        TOKENS - 4,
        MONEY,
        NOW,
        Long.MAX_VALUE) {};
  }

  @Test
  void anEstimateBeyondABurstIsToldApartFromAnEmptyBucket() {
    var gateway = new Gateway();
    assertThat(gateway.test(101, 0, false)).isSameAs(Refusals.of(Refusal.EXCEEDS_BURST));
    gateway.agent.apply(AgentSettings.DEFAULT, () -> NOW);
    assertThat(gateway.test(101, 0, false)).isNull();
    assertThat(gateway.test(201, 0, false)).isSameAs(Refusals.of(Refusal.EXCEEDS_BURST));
  }

  @Test
  void aJobThatHasBegunWaitsForAPausesEndAndNotForABreakers() {
    var gateway = new Gateway();
    gateway.target.cutOff(new Cutoff(NOW + SECOND, 0, true, 0));
    assertThat(gateway.test()).as("a new job").isNotNull();
    assertThat(gateway.test(TOKENS, MONEY, true)).as("inside a call").isNull();
    gateway.job.setBegun();
    assertThat(gateway.test()).isNull();
    gateway.target.cutOff(new Cutoff(NOW + 2 * SECOND, 0, true, 0));
    assertThat(gateway.test())
        .as("its time is over by then")
        .isSameAs(Refusals.of(Refusal.TARGET_UNAVAILABLE, 2 * SECOND));
    gateway.target.cutOff(new Cutoff(NOW + SECOND, 0, false, 0));
    assertThat(gateway.test()).isSameAs(Refusals.of(Refusal.TARGET_UNAVAILABLE, SECOND));
  }

  @Test
  void whoWaitsForAPausesEndAndFindsNoSlotMakesNoProbesPermit() {
    var gateway = new Gateway();
    gateway.target.cutOff(new Cutoff(NOW + SECOND, 0, true, 0));
    Reservation begun =
        new Reservation(
            gateway.agent,
            gateway.target,
            gateway.job,
            Priority.NORMAL,
            0,
            0,
            TOKENS,
            0,
            MONEY,
            NOW,
            Long.MAX_VALUE) {};
    gateway.job.setBegun();
    assertThat(gateway.gates.tryTake(begun, null, NOW)).isNull();
    var _ = gateway.gates.giveBackAll(begun, null, Refusal.RING_FULL, NOW);
    Cutoff pause = gateway.target.cutoff();
    assertThat(pause != null && pause.isShut()).as("for new jobs").isTrue();
  }

  @Test
  void saysWhenToComeBack() {
    var gateway = new Gateway();
    Shut.AGENT_BUCKET.shut.accept(gateway);
    assertThat(gateway.test()).isSameAs(Refusals.of(Refusal.AGENT_RATE, 10 * SECOND));
    gateway = new Gateway();
    Shut.BUCKET.shut.accept(gateway);
    assertThat(gateway.test()).isSameAs(Refusals.of(Refusal.GLOBAL_RATE, 5 * SECOND));
    gateway = new Gateway();
    Shut.TARGET.shut.accept(gateway);
    assertThat(gateway.test()).isSameAs(Refusals.of(Refusal.TARGET_UNAVAILABLE, SECOND));
    gateway = new Gateway();
    Shut.WAIT.shut.accept(gateway);
    assertThat(gateway.test()).isSameAs(Refusals.of(Refusal.WOULD_EXPIRE, 2 * SECOND + 1));
    gateway = new Gateway();
    Shut.ROOM.shut.accept(gateway);
    gateway.gates.publishStartInterval(SECOND);
    gateway.gates.waitingRoom().tryTake(8);
    gateway.gates.waitingRoom().tryTake(8);
    assertThat(gateway.test())
        .as("an eighth of eight places")
        .isSameAs(Refusals.of(Refusal.WAITING_ROOM_FULL, SECOND));
  }

  @Test
  void onlyBegunJobsAndChildrenUseTheKeptBackPartOfTheRoom() {
    var gateway = new Gateway();
    Shut.ROOM.shut.accept(gateway);
    assertThat(gateway.test(TOKENS, MONEY, true)).as("a child").isNull();
    assertThat(gateway.test().reason()).isEqualTo(Refusal.WAITING_ROOM_FULL);
    assertThat(gateway.tryTake().reason()).isEqualTo(Refusal.WAITING_ROOM_FULL);
    gateway.job.setBegun();
    assertThat(gateway.test()).as("a begun job").isNull();
    assertThat(gateway.tryTake()).isNull();
    assertThat(gateway.tryTake()).isNull();
    assertThat(gateway.tryTake().reason()).isEqualTo(Refusal.WAITING_ROOM_FULL);
    assertThat(gateway.gates.waitingRoom().taken()).isEqualTo(8);
  }

  @Test
  void aBegunJobIsAskedForTheWaitOfBegunOnes() {
    var gateway = new Gateway();
    waits(gateway, 0, 3 * SECOND, 0);
    assertThat(gateway.test()).isNull();
    gateway.job.setBegun();
    assertThat(gateway.test().reason()).isEqualTo(Refusal.WOULD_EXPIRE);
    waits(gateway, 0, 2 * SECOND, 0);
    assertThat(gateway.test()).as("to the nanosecond in time").isNull();
  }

  @Test
  void aNeighboursQueueHoldsANewJobUpForOneTurnOfEachAgent() {
    var gateway = new Gateway();
    waits(gateway, 50 * SECOND, 0, 0);
    assertThat(gateway.test().retryAfter()).isGreaterThanOrEqualTo(Duration.ofSeconds(50));
    gateway.agent.publishQueued(1);
    assertThat(gateway.test()).as("two turns of a second").isNull();
    gateway.target.publishRound(NORMAL, SECOND + 1);
    Refused<?> refused = gateway.test();
    assertThat(refused.reason()).isEqualTo(Refusal.WOULD_EXPIRE);
    assertThat(refused.retryAfter()).isLessThan(Duration.ofSeconds(3));
    gateway.target.publishRound(NORMAL, SECOND);
    waits(gateway, 50 * SECOND, 1, 0);
    gateway.agent.publishQueued(1);
    assertThat(gateway.test().reason())
        .as("and behind what has begun")
        .isEqualTo(Refusal.WOULD_EXPIRE);
  }

  @Test
  void aNewJobIsToHaveTheTimeToBeFinished() {
    var gateway = new Gateway();
    gateway.deadlineNs = NOW + 5 * SECOND;
    waits(gateway, SECOND, SECOND, 3 * SECOND);
    assertThat(gateway.test()).as("waits 1 s, 1 in reserve, 3 to be done").isNull();
    waits(gateway, SECOND + 1, SECOND, 3 * SECOND);
    Refused<?> refused = gateway.test();
    assertThat(refused.reason()).isEqualTo(Refusal.WOULD_EXPIRE);
    assertThat(refused.retryAfter()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    gateway.job.setBegun();
    assertThat(gateway.test()).as("one that has begun is let go on").isNull();
  }

  @Test
  void aShortJobIsNotJudgedByHowLongOthersTake() {
    var gateway = new Gateway();
    gateway.deadlineNs = NOW + 5 * SECOND;
    waits(gateway, SECOND, SECOND, 5 * SECOND);
    assertThat(gateway.test().reason()).isEqualTo(Refusal.WOULD_EXPIRE);
    waits(gateway, SECOND, SECOND, 5 * SECOND + 1);
    assertThat(gateway.test()).as("jobs take longer than it has at all").isNull();
  }

  @Test
  void whereNothingWaitsAJobMayBeAsLongAsItLikes() {
    var gateway = new Gateway();
    gateway.deadlineNs = NOW + SECOND;
    waits(gateway, 0, 0, 100 * SECOND);
    assertThat(gateway.test()).isNull();
  }

  @Test
  void theJobsDeadlineBoundsTheWaitToo() {
    var gateway = new Gateway();
    gateway.deadlineNs = NOW + SECOND;
    waits(gateway, SECOND, SECOND, 0);
    assertThat(gateway.test()).isNull();
    waits(gateway, SECOND + 1, SECOND + 1, 0);
    assertThat(gateway.test().reason()).isEqualTo(Refusal.WOULD_EXPIRE);
  }

  @Test
  void aChangedRateHoldsAtOnce() {
    var gateway = new Gateway();
    drain(gateway.agent.bucket(), 100);
    gateway.agent.apply(
        AgentSettings.DEFAULT.maxWaiting(4).tokensPerMinute(600).burstTokens(200), () -> NOW);
    assertThat(gateway.test()).isNull();
    assertThat(gateway.agent.bucket().waitNs(101, NOW)).isEqualTo(Duration.ofMillis(100).toNanos());
  }
}
