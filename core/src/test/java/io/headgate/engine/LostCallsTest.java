package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Calls that never answer, told from slow ones. */
final class LostCallsTest {
  private static final double SHARE = 0.75;
  private static final long MS = 1_000_000L;

  private final LostCalls calls = new LostCalls();

  /** When those were due that have not ended. */
  private final Queue<Long> out = new ArrayDeque<>();

  private long now;

  private List<Long> begin(int count, double expected) {
    List<Long> slots = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      slots.add(calls.started(expected, now));
    }
    return slots;
  }

  private void answer(List<Long> slots, double expected, long tookNs) {
    for (long slot : slots) {
      calls.ended(slot, true, now);
      calls.answered(expected, (double) tookNs);
    }
  }

  /** Every 110 ms some begin, of which so many answer within 90 to 110 ms, and the others never. */
  private void go(int rounds, int begin, int answer) {
    for (int round = 0; round < rounds; round++) {
      List<Long> slots = begin(begin, 1);
      now += 90 * MS;
      answer(slots.subList(0, answer / 2), 1, 90 * MS);
      now += 20 * MS;
      answer(slots.subList(answer / 2, answer), 1, 110 * MS);
      out.addAll(slots.subList(answer, begin));
    }
  }

  private void endWithoutAnswer(int count) {
    for (int i = 0; i < count; i++) {
      calls.ended(out.remove(), false, now);
    }
  }

  @Test
  void noneIsWhileAllAnswer() {
    go(50, 8, 8);
    assertThat(calls.count(SHARE, now)).isZero();
    long slot = begin(1, 1).getFirst();
    assertThat(calls.isLost(SHARE, slot, now + 100 * MS)).isFalse();
    assertThat(calls.isLost(SHARE, slot, now + 300 * MS)).isTrue();
  }

  @Test
  void halfOfThem() {
    go(50, 8, 8);
    go(20, 8, 4);
    assertThat(calls.count(SHARE, now)).isBetween(74, 80);
    endWithoutAnswer(20);
    assertThat(calls.count(SHARE, now)).as("those that have ended hold nothing").isBetween(54, 60);
  }

  @Test
  void thatTheyDoNotAnswerIsKnownWhenTheyEndWithout() {
    go(50, 8, 8);
    go(2, 40, 20);
    assertThat(calls.count(SHARE, now)).isPositive();
    assertThat(calls.areProved()).as("they may still answer").isFalse();
    endWithoutAnswer(20);
    assertThat(calls.areProved()).isTrue();
  }

  @Test
  void thoseThatAnswerLateAreSlow() {
    go(50, 8, 8);
    for (int i = 0; i < 20; i++) {
      List<Long> slots = begin(8, 1);
      now += 100 * MS;
      answer(slots.subList(0, 4), 1, 100 * MS);
      now += 80 * MS;
      slots.subList(4, 8).forEach(slot -> calls.ended(slot, true, now));
    }
    assertThat(calls.areProved()).isFalse();
  }

  @Test
  void whenHardlyAnyAnswersAllAreSlow() {
    go(50, 8, 8);
    go(20, 8, 1);
    assertThat(calls.count(SHARE, now)).isZero();
    assertThat(calls.isLost(SHARE, out.element(), now)).isFalse();
    assertThat(calls.count(0.95, now)).as("if so many may be").isGreaterThan(120);
  }

  // Half as slow again, as when a few too many run: else what it let run beside the limit would
  // slow the others down, all would be slow, and the limit be full of lost calls again.
  @Test
  void nearlyAllAreNotSlowWhereTheOthersAreByHalf() {
    go(50, 8, 8);
    for (int i = 0; i < 20; i++) {
      List<Long> slots = begin(8, 1);
      now += 165 * MS;
      slots.subList(0, 4).forEach(slot -> calls.ended(slot, true, now));
    }
    assertThat(calls.count(SHARE, now)).isPositive();
  }

  @Test
  void ofThoseThatAreYoungAsManyAsOfLate() {
    go(50, 8, 8);
    go(100, 8, 4);
    int before = calls.count(SHARE, now);
    begin(40, 1);
    assertThat(calls.count(SHARE, now) - before).isBetween(16, 22);
  }

  // The prompt is known beforehand: a long one is no lost call, and a short one is lost sooner.
  @Test
  void byTheLengthOfTheirPrompts() {
    go(50, 8, 8);
    long slot = begin(1, 10).getFirst();
    long other = begin(1, 1).getFirst();
    assertThat(calls.isLost(SHARE, slot, now + 1_000 * MS)).isFalse();
    assertThat(calls.isLost(SHARE, other, now + 1_000 * MS)).isTrue();
    assertThat(calls.isLost(SHARE, slot, now + 3_000 * MS)).isTrue();
  }

  @Test
  void afterAnIdleHourTheBooksAreRight() {
    go(50, 8, 8);
    List<Long> slots = begin(4, 1);
    now += 3_600_000 * MS;
    assertThat(calls.count(0.99, now)).isEqualTo(4);
    answer(slots, 1, 3_600_000 * MS);
    assertThat(calls.count(0.99, now)).isZero();
  }
}
