package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Calls that never answer, told from slow ones. */
final class LostCallsTest {
  private static final double SHARE = 0.75;
  private static final long MS = 1_000_000L;

  private final LostCalls calls = new LostCalls();
  private long now;

  private void begin(int count) {
    for (int i = 0; i < count; i++) {
      calls.started(now);
    }
  }

  private void answer(int count, long beganNs) {
    for (int i = 0; i < count; i++) {
      calls.ended(beganNs, true, now);
      calls.answered(1, (double) (now - beganNs));
    }
  }

  /** Every 100 ms some begin, of which so many answer within 90 to 110 ms, and the others never. */
  private void go(int rounds, int begin, int answer) {
    for (int round = 0; round < rounds; round++) {
      long began = now;
      begin(begin);
      now += 90 * MS;
      answer(answer / 2, began);
      now += 20 * MS;
      answer(answer - answer / 2, began);
    }
  }

  @Test
  void noneIsWhileAllAnswer() {
    go(50, 8, 8);
    assertThat(calls.count(SHARE, now)).isZero();
    assertThat(calls.isLost(SHARE, 100 * MS)).isFalse();
    assertThat(calls.isLost(SHARE, 1_000 * MS)).isTrue();
  }

  @Test
  void halfOfThem() {
    go(50, 8, 8);
    go(20, 8, 4);
    assertThat(calls.count(SHARE, now)).isBetween(74, 80);
    assertThat(calls.areProved()).as("they may still answer").isFalse();
    for (int i = 0; i < 20; i++) {
      calls.ended(50 * 110 * MS, false, now);
    }
    assertThat(calls.areProved()).isTrue();
    assertThat(calls.count(SHARE, now)).as("those that have ended hold nothing").isBetween(54, 60);
  }

  @Test
  void whenHardlyAnyAnswersAllAreSlow() {
    go(50, 8, 8);
    go(20, 8, 1);
    assertThat(calls.count(SHARE, now)).isZero();
    assertThat(calls.isLost(SHARE, 1_000 * MS)).isFalse();
    assertThat(calls.count(0.95, now)).as("if so many may be").isGreaterThan(120);
  }

  @Test
  void ofThoseThatAreYoungAsManyAsOfLate() {
    go(50, 8, 8);
    go(100, 8, 4);
    int before = calls.count(SHARE, now);
    begin(40);
    assertThat(calls.count(SHARE, now) - before).isBetween(16, 22);
  }

  // A long answer is no lost call: what is expected of the longest counts.
  @Test
  void longAnswersAreNotLost() {
    go(50, 8, 8);
    for (int i = 0; i < 20; i++) {
      long began = now;
      begin(1);
      now += 1_000 * MS;
      calls.ended(began, true, now);
      calls.answered(10, 1_000.0 * MS);
    }
    assertThat(calls.isLost(SHARE, 1_000 * MS)).isFalse();
    assertThat(calls.isLost(SHARE, 3_000 * MS)).isTrue();
  }
}
