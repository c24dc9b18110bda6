package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bucket lets through its burst and its rate, to the nanosecond and to the token. */
@Timeout(30)
class TokenBucketTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long NOW = 1_000 * SECOND;
  // 60 tokens a minute: a token a second.
  private final TokenBucket bucket = new TokenBucket(60, 10);

  @Test
  void letsTheBurstThroughAtOnceAndNoTokenMore() {
    for (int i = 0; i < 10; i++) {
      assertThat(bucket.tryTake(1, NOW)).isTrue();
    }
    assertThat(bucket.tryTake(1, NOW)).isFalse();
    assertThat(bucket.tryTake(0, NOW)).as("nothing is always there").isTrue();
  }

  @Test
  void refillsATokenInItsTimeAndNotANanosecondEarlier() {
    assertThat(bucket.tryTake(10, NOW)).isTrue();
    assertThat(bucket.tryTake(1, NOW + SECOND - 1)).isFalse();
    assertThat(bucket.tryTake(1, NOW + SECOND)).isTrue();
    assertThat(bucket.tryTake(1, NOW + 2 * SECOND - 1)).isFalse();
  }

  @Test
  void saysExactlyWhenToComeBack() {
    assertThat(bucket.waitNs(10, NOW)).isZero();
    assertThat(bucket.tryTake(7, NOW)).isTrue();
    assertThat(bucket.waitNs(3, NOW)).isZero();
    assertThat(bucket.waitNs(4, NOW)).isEqualTo(SECOND);
    assertThat(bucket.waitNs(10, NOW + SECOND / 2)).isEqualTo(6 * SECOND + SECOND / 2);
    assertThat(bucket.tryTake(4, NOW + SECOND - 1)).isFalse();
    assertThat(bucket.tryTake(4, NOW + SECOND)).isTrue();
  }

  @Test
  void neverLetsMoreThanTheBurstThroughAtOnce() {
    assertThat(bucket.waitNs(11, NOW)).isEqualTo(TokenBucket.NEVER);
    assertThat(bucket.tryTake(11, NOW)).isFalse();
    assertThat(bucket.isFull(NOW)).as("a refusal takes nothing").isTrue();
  }

  @Test
  void idleTimeFillsNoFurtherThanTheBurst() {
    assertThat(bucket.tryTake(10, NOW)).isTrue();
    assertHolds(10, NOW + 3_600 * SECOND);
  }

  @Test
  void usageBeyondTheTakeIsADebtThatTimePays() {
    assertThat(bucket.tryTake(4, NOW)).isTrue();
    bucket.settle(4, 19, NOW);
    assertThat(bucket.waitNs(1, NOW)).isEqualTo(10 * SECOND);
    assertThat(bucket.tryTake(1, NOW + 10 * SECOND - 1)).isFalse();
    assertThat(bucket.tryTake(1, NOW + 10 * SECOND)).isTrue();
  }

  @Test
  void aDebtCountsFromNowHoweverLongTheBucketWasFull() {
    assertThat(bucket.tryTake(1, NOW)).isTrue();
    long later = NOW + 3_600 * SECOND;
    bucket.settle(1, 6, later);
    assertThat(bucket.waitNs(6, later)).isEqualTo(SECOND);
  }

  @Test
  void whatWasNotUsedComesBackToTheToken() {
    assertThat(bucket.tryTake(10, NOW)).isTrue();
    bucket.settle(10, 3, NOW);
    assertHolds(7, NOW);
  }

  @Test
  void whatComesBackLateNeverFillsItBeyondTheBurst() {
    assertThat(bucket.tryTake(10, NOW)).isTrue();
    long later = NOW + 60 * SECOND;
    bucket.settle(10, 0, later);
    assertHolds(10, later);
  }

  @Test
  void whatIsMissingStaysMissingInTokensWhenTheRateChanges() {
    assertThat(bucket.tryTake(8, NOW)).isTrue();
    bucket.reconfigure(600, 10, () -> NOW);
    assertThat(bucket.waitNs(3, NOW)).isEqualTo(SECOND / 10);
    bucket.reconfigure(6, 10, () -> NOW);
    assertThat(bucket.waitNs(3, NOW)).isEqualTo(10 * SECOND);
    assertHolds(2, NOW);
  }

  @Test
  void aLargerBurstAddsAndASmallerOneTakesAway() {
    assertThat(bucket.tryTake(8, NOW)).isTrue();
    bucket.reconfigure(60, 20, () -> NOW);
    assertHolds(12, NOW);
    bucket.reconfigure(60, 5, () -> NOW);
    assertThat(bucket.waitNs(1, NOW)).isEqualTo(16 * SECOND);
  }

  @Test
  void aSpellWithoutARateKeepsWhatIsMissingInTokens() {
    assertThat(bucket.tryTake(8, NOW)).isTrue();
    bucket.reconfigure(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, () -> NOW);
    assertThat(bucket.tryTake(1_000_000, NOW)).isTrue();
    assertThat(bucket.waitNs(1_000_000, NOW)).isZero();
    bucket.reconfigure(6, 10, () -> NOW);
    assertHolds(2, NOW);
  }

  @Test
  void aTakeInTheMiddleOfAChangeIsMeasuredByTheNewRate() {
    assertThat(bucket.tryTake(4, NOW)).isTrue();
    var during = new AtomicBoolean();
    // The clock is read when the old word is frozen and the new one not yet there.
    bucket.reconfigure(
        6,
        10,
        () -> {
          if (during.compareAndSet(false, true)) {
            assertThat(bucket.tryTake(3, NOW)).isTrue();
            bucket.settle(2, 1, NOW);
          }
          return NOW;
        });
    assertThat(during).isTrue();
    assertHolds(4, NOW);
  }

  @Test
  void aChangeThatIsHeldUpCountsNoTimeAsMissing() {
    assertThat(bucket.tryTake(1, NOW)).isTrue();
    bucket.reconfigure(1, 10, () -> NOW + SECOND);
    assertHolds(10, NOW + SECOND);
  }

  @Test
  void whatWasTakenBeforeASpellWithoutARateIsChargedOnce() {
    assertThat(bucket.tryTake(4, NOW)).isTrue();
    bucket.reconfigure(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, () -> NOW + 1);
    bucket.reconfigure(60, 10, () -> NOW + 2);
    bucket.settle(4, 3, NOW, NOW + 2);
    assertHolds(7, NOW + 2);
  }

  @Test
  void whatEndsInASpellWithoutARateGivesBackWhatItTookBefore() {
    assertThat(bucket.tryTake(4, NOW)).isTrue();
    bucket.reconfigure(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, () -> NOW + 1);
    assertThat(bucket.tryTake(2, NOW + 1)).isTrue();
    bucket.settle(2, 5, NOW + 1, NOW + 1); // free, and ended while it was
    bucket.settle(4, 1, NOW, NOW + 1);
    bucket.reconfigure(60, 10, () -> NOW + 2);
    assertHolds(9, NOW + 2);
  }

  @Test
  void whatWasFreeInAnEarlierSpellIsNotGivenBackEither() {
    bucket.reconfigure(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, () -> NOW);
    bucket.reconfigure(60, 10, () -> NOW + 2);
    bucket.reconfigure(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, () -> NOW + 3);
    bucket.reconfigure(60, 10, () -> NOW + 4);
    assertThat(bucket.tryTake(2, NOW + 4)).isTrue();
    bucket.settle(8, 0, NOW + 1, NOW + 4);
    bucket.settle(8, 3, NOW + 1, NOW + 4);
    assertHolds(5, NOW + 4);
  }

  @Test
  void whatWasFreeIsNotGivenBack() {
    assertThat(bucket.tryTake(8, NOW)).isTrue();
    bucket.reconfigure(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, () -> NOW);
    bucket.reconfigure(60, 10, () -> NOW + 2);
    bucket.settle(5, 0, NOW + 1, NOW + 2);
    bucket.settle(5, 1, NOW + 1, NOW + 2);
    assertHolds(1, NOW + 2);
  }

  @Test
  void changesUnderLoadLoseNothing() throws Exception {
    NanoClock clock = SystemNanoClock.INSTANCE;
    long origin = clock.nanoTime();
    NanoClock sinceOrigin = () -> clock.nanoTime() - origin;
    var over = new AtomicBoolean();
    var changing = new TokenBucket(6_000_000, 60);
    List<Thread> takers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      takers.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!over.get()) {
                      if (changing.tryTake(1, sinceOrigin.nanoTime())) {
                        changing.settle(1, 0, sinceOrigin.nanoTime());
                      }
                    }
                  }));
    }
    for (int i = 0; i < 50_000; i++) {
      changing.reconfigure(i % 2 == 0 ? 60 : 6_000_000, 60, sinceOrigin);
    }
    over.set(true);
    for (Thread taker : takers) {
      taker.join();
    }
    changing.reconfigure(60, 60, sinceOrigin);
    // At most a token each that was taken before and given back after it had been refilled.
    assertThat(changing.waitNs(60, sinceOrigin.nanoTime())).isLessThan(3 * SECOND);
  }

  @Test
  void withoutABurstItHoldsOneMinute() {
    var minute = new TokenBucket(6_000, AgentSettings.ONE_MINUTE);
    assertThat(minute.tryTake(6_000, NOW)).isTrue();
    assertThat(minute.waitNs(1, NOW)).isEqualTo(SECOND / 100);
  }

  @Test
  void theLargestSettingsDoNotOverflow() {
    var slow = new TokenBucket(1, 1_000_000_000L);
    long late = 1L << 61;
    for (int i = 0; i < 100; i++) {
      slow.settle(0, 2_000_000_000L, late);
      assertThat(slow.waitNs(1, late)).isPositive();
      assertThat(slow.tryTake(1, late)).isFalse();
    }
    var fast = new TokenBucket(1_000_000_000L, 1_000_000_000L);
    assertThat(fast.tryTake(1_000_000_000L, late)).isTrue();
    assertThat(fast.waitNs(1_000_000_000L, late)).isEqualTo(60 * SECOND);
  }

  private void assertHolds(long tokens, long nowNs) {
    assertThat(bucket.waitNs(tokens, nowNs)).as("wait for %s", tokens).isZero();
    assertThat(bucket.waitNs(tokens + 1, nowNs)).as("wait for one more").isPositive();
    assertThat(bucket.tryTake(tokens + 1, nowNs)).as("one more").isFalse();
    assertThat(bucket.tryTake(tokens, nowNs)).as("what it holds").isTrue();
    assertThat(bucket.tryTake(1, nowNs)).as("a token of an empty bucket").isFalse();
  }

  /** Any sequence of steps agrees with exact decimals of what is missing. */
  @RepeatedTest(40)
  void agreesWithExactDecimals(RepetitionInfo repetition) {
    var random = new SplittableRandom(0x6A7E_0000L + repetition.getCurrentRepetition());
    var run = new Run(random);
    for (int i = 0; i < 500; i++) {
      run.step();
    }
    run.drain();
  }

  /** A bucket beside its model: tokens missing, as a decimal, and how far rounding may be off. */
  private static final class Run {
    private static final BigDecimal MINUTE_NS = BigDecimal.valueOf(60_000_000_000L);
    // The largest debt that is remembered.
    private static final long SEVENTY_YEARS_NS = 1L << 61;
    private final SplittableRandom random;
    private final TokenBucket real;
    private long nowNs = NOW;
    private long rate;
    private long burst;
    private BigDecimal missing = BigDecimal.ZERO;
    private BigDecimal slack = BigDecimal.ZERO;

    Run(SplittableRandom random) {
      this.random = random;
      choose();
      real = new TokenBucket(rate, burst);
    }

    private void choose() {
      rate = Math.max(1, (long) Math.pow(10, random.nextDouble(9)));
      burst = Math.max(1, (long) (rate * Math.pow(10, random.nextDouble(-2, 1))));
      burst = Math.min(burst, 1_000_000_000L);
    }

    private long some() {
      return random.nextLong(1 + burst / random.nextLong(1, 20));
    }

    void step() {
      addSlack();
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> take(some());
        case 4, 5 -> pass((long) (some() * 60e9 / rate));
        case 6, 7 -> giveBackSome();
        case 8 -> owe(some());
        default -> reconfigure();
      }
    }

    private BigDecimal tokensIn(long ns) {
      return BigDecimal.valueOf(ns)
          .multiply(BigDecimal.valueOf(rate))
          .divide(MINUTE_NS, 30, RoundingMode.HALF_EVEN);
    }

    // Each step rounds to a nanosecond or two, and a cost by less than one part in 10^9.
    private void addSlack() {
      BigDecimal ofCost = missing.add(BigDecimal.valueOf(burst)).multiply(BigDecimal.valueOf(1, 9));
      slack = slack.add(tokensIn(3)).add(ofCost);
    }

    private void pass(long ns) {
      nowNs += ns;
      missing = missing.subtract(tokensIn(ns)).max(BigDecimal.ZERO);
      if (missing.signum() == 0 && real.isFull(nowNs)) {
        slack = BigDecimal.ZERO;
      }
    }

    private void take(long tokens) {
      BigDecimal room = BigDecimal.valueOf(burst - tokens).subtract(missing);
      long waitNs = real.waitNs(tokens, nowNs);
      boolean taken = real.tryTake(tokens, nowNs);
      assertThat(taken).as("a take that need not wait").isEqualTo(waitNs == 0);
      if (room.abs().compareTo(slack) > 0) {
        assertThat(taken).as("room for %s tokens: %s", tokens, room).isEqualTo(room.signum() > 0);
      }
      if (!taken && waitNs != TokenBucket.NEVER) {
        assertThat(real.tryTake(tokens, nowNs + waitNs - 1)).as("a nanosecond early").isFalse();
        pass(waitNs);
        taken = real.tryTake(tokens, nowNs);
        assertThat(taken).as("when it said").isTrue();
      }
      if (taken) {
        missing = missing.add(BigDecimal.valueOf(tokens));
      }
    }

    private void giveBackSome() {
      long tokens = some();
      long used = random.nextLong(tokens + 1);
      real.settle(tokens, used, nowNs);
      missing = missing.subtract(BigDecimal.valueOf(tokens - used)).max(BigDecimal.ZERO);
    }

    private void owe(long tokens) {
      long reserved = some();
      real.settle(reserved, reserved + tokens, nowNs);
      missing = missing.add(BigDecimal.valueOf(tokens)).min(tokensIn(SEVENTY_YEARS_NS));
    }

    private void reconfigure() {
      choose();
      real.reconfigure(rate, burst, () -> nowNs);
      missing = missing.min(tokensIn(SEVENTY_YEARS_NS));
      addSlack();
    }

    // However it came here: time fills it to the burst, to the token.
    void drain() {
      pass(2 * SEVENTY_YEARS_NS);
      assertThat(real.waitNs(burst, nowNs)).isZero();
      assertThat(real.tryTake(burst, nowNs)).isTrue();
      assertThat(real.tryTake(1, nowNs)).isFalse();
    }
  }
}
