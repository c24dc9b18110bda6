package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.LoopPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LoopGuardTest {
  private static final LoopPolicy POLICY = LoopPolicy.DEFAULT;
  private static final LoopPolicy CYCLES = POLICY.sameCalls(LoopPolicy.UNLIMITED);
  private static final long SECOND = 1_000_000_000;

  private final LoopGuard guard = new LoopGuard(null);
  private long nowNs = -5 * SECOND; // the process's clock may begin below zero

  private long take(long key, LoopPolicy policy) {
    int expected = guard.test(key, policy, nowNs);
    long answer = guard.tryTake(key, policy, nowNs);
    assertThat(answer)
        .as("test and take agree")
        .matches(a -> a > 0 ? expected == 0 : -a == expected);
    return answer;
  }

  private void passes(LoopPolicy policy, long... keys) {
    for (long key : keys) {
      assertThat(take(key, policy)).as("call %s", key).isPositive();
    }
  }

  private void repeats(LoopPolicy policy, long key, int why) {
    assertThat(take(key, policy)).isEqualTo(-why);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 16})
  void theSameCallIsLetInSoOften(int times) {
    for (int i = 0; i < times; i++) {
      passes(POLICY.sameCalls(times), 7);
    }
    repeats(POLICY.sameCalls(times), 7, LoopGuard.SAME_CALL);
    passes(POLICY.sameCalls(times), 8);
    assertThat(guard.sameCalls(7, POLICY.sameCalls(times), nowNs)).isEqualTo(times);
  }

  @Test
  void aWindowSlides() {
    LoopPolicy policy = POLICY.window(Duration.ofSeconds(10));
    passes(policy, 7);
    nowNs += 4 * SECOND;
    passes(policy, 7, 7);
    repeats(policy, 7, LoopGuard.SAME_CALL);
    nowNs += 6 * SECOND - 1;
    repeats(policy, 7, LoopGuard.SAME_CALL);
    nowNs += 1;
    passes(policy, 7);
    repeats(policy, 7, LoopGuard.SAME_CALL);
  }

  @Test
  void timeDoesNotGoBack() {
    LoopPolicy policy = POLICY.window(Duration.ofSeconds(10));
    passes(policy, 7, 7, 7);
    nowNs -= 60 * SECOND;
    repeats(policy, 7, LoopGuard.SAME_CALL);
  }

  @Test
  void anotherCallThatWritesLetsItBeRepeated() {
    passes(POLICY, 7, 7, 7, 8);
    guard.wrote(guard, 8);
    passes(POLICY, 7, 7, 7);
    repeats(POLICY, 7, LoopGuard.SAME_CALL);
  }

  @Test
  void itsOwnWritesDoNot() {
    LoopPolicy policy = POLICY.cycles(1, 2);
    for (int i = 0; i < 3; i++) {
      passes(policy, 8);
      guard.wrote(guard, 8);
    }
    repeats(policy, 8, LoopGuard.SAME_CALL);
    guard.wrote(guard, 9);
    guard.wrote(guard, 8);
    passes(policy, 8);
  }

  @Test
  void whoWritesWithoutArgumentsWritesForAll() {
    passes(POLICY, 7, 7, 7);
    guard.wrote(null, LoopGuard.NO_KEY);
    passes(POLICY, 7, 7, 7);
    guard.wrote(null, LoopGuard.NO_KEY);
    passes(POLICY, 7);
  }

  @Test
  void partsOfAJobCountForThemselvesAndReadWhatAnyOfThemWrites() {
    var part = new LoopGuard(guard);
    passes(POLICY, 7, 7, 7);
    for (int i = 0; i < 3; i++) {
      assertThat(part.tryTake(7, POLICY, nowNs)).isPositive();
    }
    assertThat(part.tryTake(7, POLICY, nowNs)).isEqualTo(-LoopGuard.SAME_CALL);
    repeats(POLICY, 7, LoopGuard.SAME_CALL);
    guard.wrote(part, 8);
    passes(POLICY, 7);
    assertThat(part.tryTake(7, POLICY, nowNs)).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"2,2", "3,2", "4,2", "5,2", "6,2", "7,2", "8,2", "2,3", "3,3", "8,3", "2,4", "8,4"})
  void aCycleIsRunThroughSoOften(int period, int rounds) {
    LoopPolicy policy = CYCLES.cycles(8, rounds);
    for (long before = 100; before < 140; before++) {
      passes(policy, before);
    }
    for (int round = 0; round < rounds; round++) {
      for (long key = 1; key <= period; key++) {
        passes(policy, key);
        guard.wrote(guard, key); // its own writers do not excuse it
      }
    }
    repeats(policy, 1, period);
    passes(policy, 50);
  }

  @Test
  void whoGoesOnWithACycleIsRefusedEachTime() {
    passes(CYCLES, 1, 2, 3, 1, 2, 3);
    for (int i = 0; i < 20; i++) {
      long key = 1L + i % 3;
      repeats(CYCLES, key, 3);
      assertThat(guard.trip(key, nowNs, 1_000)).isEqualTo(i + 1);
    }
    passes(CYCLES, 9, 1, 2, 3);
  }

  @ParameterizedTest
  @CsvSource({"2,2", "3,2", "8,2", "2,3", "8,3"})
  void whoInsistsOnACallOfACycleIsRefusedItEachTime(int period, int rounds) {
    LoopPolicy policy = CYCLES.cycles(8, rounds);
    for (int i = 0; i < period * rounds; i++) {
      passes(policy, 1L + i % period);
    }
    for (int i = 0; i < 100; i++) {
      repeats(policy, 1, period);
      assertThat(guard.trip(1, nowNs, 1_000)).isEqualTo(i + 1);
      assertThat(guard.whyRefused(1, policy, nowNs)).isEqualTo(period);
    }
    guard.wrote(null, LoopGuard.NO_KEY); // somebody has changed the world
    passes(policy, 1);
  }

  @Test
  void whoInsistsBeforeGoingOnHasNotLeftTheCycle() {
    passes(CYCLES, 1, 2, 3, 1, 2, 3);
    for (int i = 0; i < 12; i++) {
      long key = 1L + i % 3;
      for (int insists = 0; insists < 2; insists++) {
        repeats(CYCLES, key, 3);
        assertThat(guard.trip(key, nowNs, 1_000)).isPositive();
      }
    }
  }

  @Test
  void theSameCallTwiceInARowIsPartOfACycleToo() {
    passes(CYCLES, 1, 1, 2, 1, 1, 2);
    for (long key : new long[] {1, 1, 2, 1, 1, 2}) {
      assertThat(take(key, CYCLES)).isNegative();
      assertThat(guard.trip(key, nowNs, 1_000)).isPositive();
    }
  }

  @Test
  void aCycleMayBeLongerThanIsLookedFor() {
    LoopPolicy policy = CYCLES.cycles(3, 2);
    for (int i = 0; i < 10; i++) {
      passes(policy, 1, 2, 3, 4);
    }
  }

  @Test
  void theSameCallAgainAndAgainIsNoCycle() {
    for (int i = 0; i < 100; i++) {
      passes(CYCLES, 7);
    }
  }

  @Test
  void whatOthersWriteExcusesACycle() {
    passes(CYCLES, 1, 2, 1, 2);
    guard.wrote(new LoopGuard(guard), 5);
    passes(CYCLES, 1, 2);
    guard.wrote(null, LoopGuard.NO_KEY);
    passes(CYCLES, 1, 2, 1, 2);
    repeats(CYCLES, 1, 2);
  }

  @Test
  void aCycleIsOfCallsWithinTheWindow() {
    LoopPolicy policy = CYCLES.window(Duration.ofSeconds(10));
    passes(policy, 1, 2);
    nowNs += 10 * SECOND;
    passes(policy, 1, 2, 1, 2);
    repeats(policy, 1, 2);
  }

  @Test
  void whatIsGivenBackWasNeverThere() {
    passes(POLICY, 7, 7);
    long ticket = take(7, POLICY);
    repeats(POLICY, 7, LoopGuard.SAME_CALL);
    guard.giveBack(7, ticket);
    guard.giveBack(7, ticket);
    passes(POLICY, 7);
    repeats(POLICY, 7, LoopGuard.SAME_CALL);

    passes(POLICY, 1, 2, 1);
    guard.giveBack(9, take(9, POLICY));
    passes(POLICY, 2);
    repeats(POLICY, 1, 2);
  }

  @Test
  void ofTooManyKindsTheOneThatWasCalledLongestAgoIsForgotten() {
    LoopPolicy policy = POLICY.cycles(1, 2);
    List<Long> keys = new ArrayList<>();
    for (long key = 1; keys.size() <= LoopGuard.WAYS; key++) {
      keys.add(key); // small ones are all in the first set
    }
    for (int i = 0; i < LoopGuard.WAYS; i++) {
      passes(policy, keys.get(i));
    }
    passes(policy, keys.get(0), keys.get(LoopGuard.WAYS));
    assertThat(guard.sameCalls(keys.get(0), policy, nowNs)).isEqualTo(2);
    assertThat(guard.sameCalls(keys.get(1), policy, nowNs)).isZero();
    assertThat(guard.sameCalls(keys.get(2), policy, nowNs)).isEqualTo(1);
  }

  @Test
  void keysAreSpreadOverAllSets() {
    int[] sets = new int[LoopGuard.SETS];
    for (int index = 0; index < 10; index++) {
      var target = new TargetGate("target-" + index, index, TargetSettings.DEFAULT, null);
      for (long arguments = 1; arguments <= 1_600; arguments++) {
        sets[(int) (LoopGuard.key(target, arguments) >>> 60)]++;
      }
    }
    for (int each : sets) {
      assertThat(each).isBetween(800, 1_200);
    }
  }

  @Test
  void tripsCutAJobOffOnce() {
    assertThat(guard.trip(7, nowNs, 2)).isEqualTo(1);
    assertThat(guard.trip(7, nowNs, 2)).isEqualTo(2);
    assertThat(guard.trip(7, nowNs, 2)).isEqualTo(LoopGuard.CUT_OFF_BEFORE);
    assertThat(guard.trips()).isEqualTo(2);
  }

  @Test
  void whoMayTripForEverIsCountedToAThousand() {
    for (int i = 0; i < 1_100; i++) {
      assertThat(guard.trip(7, nowNs, Integer.MAX_VALUE)).isEqualTo(Math.min(1_000, i + 1));
    }
  }

  // A $5.00 incident is one of 500 steps of a cent each: it must end within 25 of them, be the
  // refused ones paid for too.
  @ParameterizedTest
  @CsvSource({
    "1,false", "2,false", "3,false", "4,false", "5,false", "6,false", "7,false", "8,false",
    "1,true", "2,true", "3,true", "4,true", "5,true", "6,true", "7,true", "8,true"
  })
  void anAgentThatGoesRoundInCirclesIsCutOffForATwentiethOfTheCost(int period, boolean writes) {
    int steps = 0;
    boolean cutOff = false;
    while (!cutOff && steps < 500) {
      long key = 1L + steps % period;
      steps++;
      if (guard.tryTake(key, POLICY, nowNs) < 0) {
        cutOff = guard.trip(key, nowNs, 8) == 8;
      } else if (writes) {
        guard.wrote(guard, key);
      }
    }
    assertThat(cutOff).isTrue();
    assertThat(steps).isLessThanOrEqualTo(25);
  }

  @Test
  void manyThreadsAreLetInExactlySoOften() throws Exception {
    for (int round = 0; round < 200; round++) {
      var raced = new LoopGuard(null);
      var admitted = new AtomicInteger();
      var go = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        boolean givesBack = i % 2 == 0;
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        go.await();
                      } catch (InterruptedException e) {
                        throw new AssertionError(e);
                      }
                      for (int call = 0; call < 50; call++) {
                        long ticket = raced.tryTake(7, POLICY, 0);
                        if (ticket > 0 && givesBack && call < 40) {
                          raced.giveBack(7, ticket);
                        } else if (ticket > 0) {
                          admitted.incrementAndGet();
                        }
                      }
                    }));
      }
      go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(admitted).hasValue(3);
      assertThat(raced.sameCalls(7, POLICY, 0)).isEqualTo(3);
    }
  }
}
