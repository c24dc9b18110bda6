package io.headgate;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every setting out of its bounds is told at once, with its value, the bound and the mend. */
@Timeout(60)
class SettingsTest {
  private static final Duration BEYOND_LONG = ofSeconds(Long.MAX_VALUE, 999_999_999);
  private static final HeadgateSettings ALL = HeadgateSettings.DEFAULT;
  private static final AgentSettings AGENT = AgentSettings.DEFAULT;
  private static final TargetSettings TARGET = TargetSettings.DEFAULT;
  private static final JobSettings JOB = JobSettings.DEFAULT;
  private static final LoopPolicy LOOP = LoopPolicy.DEFAULT;
  private static final String LARGER = "use a larger value";
  private static final String SMALLER = "use a smaller value";
  private static final String LONGER = "use a longer time";
  private static final String SHORTER = "use a shorter time";

  private record Bad(Supplier<Object> act, String value, String bound, String mend) {
    @Override
    public String toString() {
      return value;
    }
  }

  private static Bad bad(Supplier<Object> act, String value, String bound, String mend) {
    return new Bad(act, value, bound, mend);
  }

  static Stream<Bad> outOfBounds() {
    return Stream.of(
            caps("maxInFlight", "from 1 to 100000", n -> ALL.maxInFlight(n)),
            caps("maxWaiting", "from 1 to 1000000", n -> ALL.maxWaiting(n)),
            caps("maxSuspended", "from 1 to 100000", n -> ALL.maxSuspended(n)),
            caps("maxAgents", "from 1 to 1000000", n -> ALL.maxAgents(n)),
            caps("maxTargets", "from 1 to 10000", n -> ALL.maxTargets(n)),
            caps("maxJobs", "from 1 to 1000000", n -> ALL.maxJobs(n)),
            Stream.of(
                bad(() -> ALL.maxInFlight(100_001), "maxInFlight is 100001", "to 100000", SMALLER),
                bad(() -> ALL.maxInFlight(Integer.MAX_VALUE), "2147483647", "to 100000", SMALLER),
                bad(() -> ALL.begunPercent(-1), "begunPercent is -1", "from 0 to 90", LARGER),
                bad(
                    () -> ALL.retrySpreadPercent(-1),
                    "retrySpreadPercent is -1",
                    "from 0 to 1000",
                    LARGER),
                bad(
                    () -> ALL.retrySpreadPercent(1_001),
                    "retrySpreadPercent is 1001",
                    "from 0 to 1000",
                    SMALLER),
                bad(() -> ALL.begunPercent(91), "begunPercent is 91", "from 0 to 90", SMALLER),
                bad(() -> ALL.patience(ofNanos(-1)), "patience is PT-0.000000001S", "PT0S", LONGER),
                bad(() -> ALL.patience(ofDays(1).plusNanos(1)), "patience is", "PT24H", SHORTER),
                bad(() -> ALL.patience(BEYOND_LONG), "patience is PT", "to PT24H", SHORTER)),
            rates("the overall", n -> ALL.tokensPerMinute(n), n -> withRate().burstTokens(n)),
            rates("agent's", n -> AGENT.tokensPerMinute(n), n -> ratedAgent().burstTokens(n)),
            caps("agent's maxInFlight", "from 1 to 1000000", n -> AGENT.maxInFlight(n)),
            caps("agent's maxWaiting", "from 1 to 1000000", n -> AGENT.maxWaiting(n)),
            caps("agent's weight", "from 1 to 1000", n -> AGENT.weight(n)),
            Stream.of(
                bad(() -> AGENT.weight(1_001), "agent's weight is 1001", "to 1000", SMALLER),
                bad(
                    () -> AGENT.tokensPerMinute(2).burstTokens(60_000_002),
                    "agent's burstTokens is 60000002",
                    "refill in 30000001 minutes, but must in 30000000",
                    "lower the burst or raise the rate"),
                bad(
                    () -> AGENT.burstTokens(5),
                    "agent's burstTokens is 5",
                    "there is no tokensPerMinute",
                    "set tokensPerMinute too"),
                bad(
                    () -> ALL.burstTokens(5),
                    "the overall burstTokens is 5",
                    "there is no tokensPerMinute",
                    "set tokensPerMinute too")),
            caps("target's maxInFlight", "from 1 to 1000000", n -> TARGET.maxInFlight(n)),
            Stream.of(
                bad(() -> TARGET.maxOverruns(0), "target's maxOverruns is 0", "from 1", LARGER),
                bad(() -> TARGET.maxOverruns(-2), "target's maxOverruns is -2", "from 1", LARGER),
                bad(() -> TARGET.timeout(Duration.ZERO), "timeout is PT0S", "PT0.001S", LONGER),
                bad(() -> TARGET.timeout(ofSeconds(-5)), "timeout is PT-5S", "PT0.001S", LONGER),
                bad(() -> TARGET.timeout(BEYOND_LONG), "timeout is PT", "PT24H", SHORTER),
                bad(() -> TARGET.maxOutputTokens(-1), "maxOutputTokens is -1", "from 0", LARGER),
                bad(
                    () -> TARGET.maxOutputTokens(Long.MAX_VALUE),
                    "maxOutputTokens is 9223372036854775807",
                    "to 1000000000",
                    SMALLER),
                bad(() -> TARGET.price(-0.01, 1), "price of input is -0.01", "from 0", "use a"),
                bad(() -> TARGET.price(1, 1e7), "price of output is 1.0E7", "to 1000000", "use a"),
                bad(() -> TARGET.price(Double.NaN, 1), "input is NaN", "from 0", "use a price"),
                bad(
                    () -> TARGET.price(1, Double.POSITIVE_INFINITY),
                    "output is Infinity",
                    "to 1000000",
                    "use a price in that range"),
                bad(
                    () -> new Price(-1, 0),
                    "price of input, in nano-dollars per million tokens is -1",
                    "from 0 to 1000000000000000",
                    LARGER),
                bad(
                    () -> new Price(0, Long.MAX_VALUE),
                    "price of output, in nano-dollars per million tokens is 9223372036854775807",
                    "from 0 to 1000000000000000",
                    SMALLER)),
            Stream.of(
                bad(() -> JOB.tokenBudget(0), "job's tokenBudget is 0", "from 1", LARGER),
                bad(() -> JOB.tokenBudget(-1), "job's tokenBudget is -1", "from 1", LARGER),
                bad(
                    () -> JOB.tokenBudget(Long.MAX_VALUE - 1),
                    "job's tokenBudget is 9223372036854775806",
                    "to 1000000000000",
                    SMALLER),
                bad(() -> JOB.moneyBudget(0), "moneyBudget is 0.0", "from 0.000000001", "use a"),
                bad(() -> JOB.moneyBudget(-3), "moneyBudget is -3.0", "from 0.0", "use a budget"),
                bad(() -> JOB.moneyBudget(Double.NaN), "is NaN", "to 4000000000", "use a budget"),
                bad(() -> JOB.moneyBudget(1e300), "is 1.0E300", "to 4000000000", "use a budget"),
                bad(
                    () -> JOB.moneyBudget(Double.POSITIVE_INFINITY),
                    "moneyBudget is Infinity",
                    "to 4000000000",
                    "use a budget in that range"),
                bad(
                    () ->
                        new JobSettings(
                            1,
                            0,
                            ofSeconds(1),
                            1,
                            1,
                            1,
                            1,
                            1,
                            ParkPolicy.OFF,
                            0,
                            ParkPolicy.OFF,
                            1,
                            1),
                    "moneyBudget in nano-dollars is 0",
                    "from 1",
                    LARGER),
                bad(() -> JOB.tokensPerMinute(0), "job's tokensPerMinute is 0", "from 1", LARGER),
                bad(() -> JOB.tokensPerMinute(1_000_000_001), "is 1000000001", "to 10", SMALLER),
                bad(() -> JOB.moneyPerMinute(0), "job's moneyPerMinute is 0.0", "above 0", "use"),
                bad(() -> JOB.moneyPerMinute(1_001), "is 1001.0", "at most 1000", "use an amount"),
                bad(() -> JOB.moneyPerMinute(1e-7), "micro-dollars is 0", "from 1", LARGER),
                bad(() -> JOB.deadline(Duration.ZERO), "deadline is PT0S", "from PT0.001S", LONGER),
                bad(
                    () -> JOB.deadline(ofSeconds(-1)),
                    "deadline is PT-1S",
                    "from PT0.001S",
                    LONGER),
                bad(() -> JOB.deadline(BEYOND_LONG), "deadline is PT", "to PT8760H", SHORTER),
                bad(() -> JOB.deadline(BEYOND_LONG.negated()), "deadline is PT-", "from", LONGER),
                bad(() -> JOB.maxTasks(0), "job's maxTasks is 0", "from 1 to 500000", LARGER),
                bad(() -> JOB.maxTasks(500_001), "is 500001", "from 1 to 500000", SMALLER),
                bad(() -> JOB.maxTasks(Integer.MIN_VALUE), "is -2147483648", "from 1", LARGER),
                bad(() -> JOB.maxDepth(-1), "job's maxDepth is -1", "from 0 to 1000", LARGER),
                bad(() -> JOB.maxDepth(1_001), "is 1001", "from 0 to 1000", SMALLER),
                bad(() -> JOB.maxFanOut(0), "job's maxFanOut is 0", "from 1 to 1000000", LARGER),
                bad(() -> JOB.maxFanOut(1_000_001), "is 1000001", "to 1000000", SMALLER),
                bad(() -> JOB.maxCalls(0), "job's maxCalls is 0", "from 1 to 1000000000", LARGER),
                bad(() -> JOB.maxCalls(1_000_000_001), "1000000001", "to 1000000000", SMALLER),
                bad(() -> JOB.maxLoops(0), "job's maxLoops is 0", "from 1 to 1000", LARGER),
                bad(() -> JOB.maxLoops(1_001), "is 1001", "from 1 to 1000", SMALLER)),
            Stream.of(
                bad(() -> LOOP.sameCalls(0), "loop's sameCalls is 0", "from 1 to 16", LARGER),
                bad(() -> LOOP.sameCalls(17), "is 17", "from 1 to 16", SMALLER),
                bad(() -> LOOP.window(Duration.ZERO), "window is PT0S", "from PT0.001S", LONGER),
                bad(() -> LOOP.window(BEYOND_LONG), "window is PT", "to PT8760H", SHORTER),
                bad(() -> LOOP.cycles(0, 2), "loop's maxPeriod is 0", "from 1 to 8", LARGER),
                bad(() -> LOOP.cycles(9, 2), "is 9", "from 1 to 8", SMALLER),
                bad(() -> LOOP.cycles(8, 1), "loop's cycleRounds is 1", "from 2 to 4", LARGER),
                bad(() -> LOOP.cycles(8, 5), "is 5", "from 2 to 4", SMALLER)),
            Stream.of(
                bad(() -> Estimate.of(-1, 1), "inputTokens is -1", "from 0", LARGER),
                bad(() -> Estimate.ofInput(Long.MAX_VALUE), "9223372036854775807", "to 1", SMALLER),
                bad(() -> Estimate.of(0, -2), "maxOutputTokens is -2", "from -1", LARGER),
                bad(() -> Estimate.of(1, 1_000_000_001), "1000000001", "to 1000000000", SMALLER),
                bad(() -> Estimate.of(1, 5).atLeast(-1), "minOutputTokens is -1", "from", LARGER),
                bad(
                    () -> Estimate.of(1, 5).atLeast(6),
                    "minOutputTokens is 6",
                    "must not exceed maxOutputTokens, which is 5",
                    "lower the minimum or raise the maximum")))
        .flatMap(s -> s);
  }

  private static HeadgateSettings withRate() {
    return ALL.tokensPerMinute(100);
  }

  private static AgentSettings ratedAgent() {
    return AGENT.tokensPerMinute(100);
  }

  private interface OfInt {
    Object apply(int value);
  }

  private interface OfLong {
    Object apply(long value);
  }

  private static Stream<Bad> caps(String name, String bound, OfInt set) {
    return Stream.of(0, -1, Integer.MIN_VALUE)
        .map(n -> bad(() -> set.apply(n), name + " is " + n, bound, LARGER));
  }

  private static Stream<Bad> rates(String whose, OfLong rate, OfLong burst) {
    String bound = "from 1 to 1000000000";
    Stream<Bad> tooSmall =
        Stream.of(0L, -1L, Long.MIN_VALUE)
            .map(n -> bad(() -> rate.apply(n), whose + " tokensPerMinute is " + n, bound, LARGER));
    return Stream.concat(
        tooSmall,
        Stream.of(
            bad(
                () -> rate.apply(Long.MAX_VALUE - 1),
                whose + " tokensPerMinute is 9223372036854775806",
                bound,
                SMALLER),
            bad(() -> burst.apply(0), whose + " burstTokens is 0", bound, LARGER),
            bad(() -> burst.apply(-2), whose + " burstTokens is -2", bound, LARGER),
            bad(
                () -> burst.apply(Long.MAX_VALUE),
                whose + " burstTokens is 9223372036854775807",
                bound,
                SMALLER)));
  }

  @ParameterizedTest
  @MethodSource("outOfBounds")
  void namesValueBoundAndMend(Bad bad) {
    assertThat(catchThrowable(bad.act::get))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(bad.value, bad.bound, bad.mend);
  }

  static Stream<Bad> nulls() {
    return Stream.of(
        bad(() -> ALL.patience(nil()), "patience is null", "from PT0S to PT24H", "give a time"),
        bad(() -> TARGET.timeout(nil()), "target's timeout is null", "to PT24H", "give a time"),
        bad(() -> TARGET.price(nil()), "target's price is null", "", "use Price.FREE"),
        bad(() -> JOB.deadline(nil()), "job's deadline is null", "to PT8760H", "give a time"),
        bad(() -> builder().settings(nil()), "settings is null", "", "HeadgateSettings.DEFAULT"),
        bad(() -> builder().patience(nil()), "patience is null", "to PT24H", "give a time"),
        bad(() -> builder().contextCarrier(nil()), "contextCarrier is null", "", "NONE"),
        bad(() -> builder().listener(nil()), "listener is null", "", "leave it out"),
        bad(() -> builder().countersFile(nil()), "countersFile is null", "", "leave it out"),
        bad(() -> builder().idleMode(nil()), "idleMode is null", "", "use IdleMode.PARK"),
        bad(() -> builder().clocks(nil(), () -> 0), "nanoClock is null", "", "SystemNanoClock"),
        bad(() -> builder().clocks(() -> 0, nil()), "epochClock is null", "", "EpochNanoClock"));
  }

  private static Headgate.Builder builder() {
    return Headgate.builder();
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a careless caller passes
  private static <T> T nil() {
    return null;
  }

  @ParameterizedTest
  @MethodSource("nulls")
  void nullIsNamedWithWhatToGive(Bad bad) {
    assertThat(catchThrowable(bad.act::get))
        .isExactlyInstanceOf(NullPointerException.class)
        .hasMessageContainingAll(bad.value, bad.bound, bad.mend);
  }

  @Test
  void boundsThemselvesAreFine() {
    assertThat(ALL.maxInFlight(100_000).maxWaiting(1_000_000).maxSuspended(100_000).maxLive())
        .isEqualTo(1_200_000);
    assertThat(ALL.maxWaiting(1).begunPercent(90).maxWaitingNew()).isEqualTo(1);
    assertThat(ALL.maxWaiting(1_000_000).begunPercent(90).maxWaitingNew()).isEqualTo(100_000);
    assertThat(ALL.patience(Duration.ZERO).patience()).isZero();
    assertThat(AGENT.tokensPerMinute(1).burstTokens(30_000_000).burstTokens())
        .isEqualTo(30_000_000);
    assertThat(AGENT.tokensPerMinute(34).burstTokens(1_000_000_000).burstTokens())
        .isEqualTo(1_000_000_000);
    assertThat(TARGET.timeout(ofDays(1)).maxOverruns(1).overrunLimit()).isEqualTo(1);
    assertThat(TARGET.maxInFlight(1).overrunLimit()).isEqualTo(1);
    assertThat(TARGET.tool().maxOutputTokens()).isZero();
    assertThat(JOB.tokenBudget(1_000_000_000_000L).deadline(ofDays(365)).tokenBudget())
        .isEqualTo(1_000_000_000_000L);
    assertThat(JOB.moneyBudget(0.1).moneyBudgetNanos()).isEqualTo(100_000_000);
    assertThat(JOB.moneyBudget(1e-9).moneyBudgetNanos()).isEqualTo(1);
    assertThat(JOB.moneyBudget(4e9).moneyBudgetNanos()).isEqualTo(4_000_000_000_000_000_000L);
    assertThat(List.of(Estimate.of(0, 0).minOutputTokens(), Estimate.UNKNOWN.minOutputTokens()))
        .containsOnly(0L);
  }
}
