package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.LevelPolicy;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.LevelWord;
import io.headgate.admission.TargetGate;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** How far the admission level falls and rises, and when nobody looks at it. */
final class AdmissionLevelTest {
  private static final LevelPolicy POLICY = new LevelPolicy(Duration.ofSeconds(3));
  private static final long WINDOW = SECOND / 4; // of calls of a second
  private static final double INTERVAL = SECOND / 10.0;

  private final AdmissionLevel level = new AdmissionLevel();
  private long now = 100 * SECOND;

  // Spread over the steps of a priority.
  private void come(Priority priority, int jobs) {
    for (int i = 0; i < jobs; i++) {
      level.came(priority.ordinal() * LevelWord.STEPS + i * LevelWord.STEPS / jobs);
    }
  }

  private boolean look(int... queued) {
    return look(true, queued);
  }

  private boolean look(boolean full, int... queued) {
    int[] byPriority = Arrays.copyOf(queued, Priority.values().length);
    boolean moved = level.look(POLICY, full, byPriority, INTERVAL, SECOND, now);
    now += WINDOW;
    return moved;
  }

  @Test
  void itFallsUntilAsManyAreLetInAsBegin() {
    assertThat(look(0)).isFalse();
    come(Priority.CRITICAL, 1);
    come(Priority.NORMAL, 4);
    come(Priority.BACKGROUND, 8);
    // 2.5 begin in a window.
    assertThat(look(0, 45)).isTrue();
    assertThat(level.level()).as("one, and a sixteenth of four").isEqualTo(1_024 + 64);
  }

  @Test
  void whoIsMoreUrgentThanWhoWaitsForTooLongIsLetIn() {
    var _ = look(0);
    come(Priority.CRITICAL, 20);
    come(Priority.BACKGROUND, 8);
    assertThat(look(10, 0, 1_000)).isTrue();
    assertThat(level.level()).isEqualTo(2 * 1_024 + 16);
    assertThat(look(10, 0, 1_000)).as("nobody of it came").isFalse();
    come(Priority.CRITICAL, 20);
    assertThat(look(45, 0, 1_000)).isTrue();
    assertThat(level.level()).as("now they wait, too: 1.25 of 20").isEqualTo(64);
    for (int i = 0; i < 100; i++) {
      var _ = look(1, 0, 1_000);
    }
    assertThat(level.level()).as("it rises to whom it would keep waiting").isEqualTo(2 * 1_024);
  }

  @Test
  void whatIsLetInPastItCountsAgainstWhatMayBegin() {
    var _ = look(0);
    come(Priority.CRITICAL, 16);
    var _ = look(45); // 1.25 of 16
    assertThat(level.level()).isEqualTo(80);
    level.came(500);
    level.came(40);
    level.came(41);
    level.came(42);
    level.came(43);
    assertThat(look(45)).isTrue();
    assertThat(level.level()).as("0.25 of four").isEqualTo(5);
  }

  @Test
  void aFloodDoesNotFillAWindow() {
    var _ = look(0);
    now += -WINDOW + SECOND / 50; // a fifth of a start
    come(Priority.CRITICAL, 63);
    assertThat(look(45)).isFalse();
    now -= WINDOW;
    level.came(0);
    assertThat(look(45)).isTrue();
    assertThat(level.level()).as("the least share").isEqualTo(1_024 / 64);
  }

  @Test
  void itNeverKeepsEverybodyOut() {
    for (int i = 0; i < 100; i++) {
      level.came(0);
      var _ = look(100_000);
    }
    assertThat(level.level()).isEqualTo(1);
  }

  @Test
  void itRisesByASixteenthAndDoublesOnceNobodyWaits() {
    var _ = look(0);
    come(Priority.CRITICAL, 16);
    var _ = look(45);
    assertThat(look(30)).as("three seconds are no longer than three calls").isFalse();
    assertThat(look(21)).isTrue();
    assertThat(level.level()).isEqualTo(86);
    var _ = look(0);
    assertThat(level.level()).isEqualTo(173);
    for (int i = 0; i < 5; i++) {
      assertThat(level.isLowered()).isTrue();
      var _ = look(0);
    }
    assertThat(level.level()).isEqualTo(LevelWord.ALL);
    assertThat(look(0)).as("moved").isFalse();
  }

  @Test
  void itIsNotLoweredForWhatWaitsForAnAgentsOwnCap() {
    var _ = look(0);
    come(Priority.NORMAL, 100);
    assertThat(look(false, 0, 10_000)).isFalse();
    assertThat(level.isLowered()).isFalse();
  }

  @Test
  void aPolicyTurnedOffOpensIt() {
    var _ = look(0);
    come(Priority.NORMAL, 100);
    assertThat(look(0, 10_000)).isTrue();
    assertThat(level.look(LevelPolicy.OFF, true, new int[3], INTERVAL, SECOND, now)).isTrue();
    assertThat(level.isLowered()).isFalse();
  }

  // ---- in the engine

  private final EngineHarness h = new EngineHarness(s -> s);

  private TargetGate target(LevelPolicy policy) {
    return h.target(t -> t.maxInFlight(1).level(policy).timeout(Duration.ofMinutes(10)));
  }

  private void flood(TargetGate target) {
    AgentGate agent = h.agent();
    for (int i = 0; i < 4; i++) { // a call takes a second in the mean
      h.submit(h.jobUntil(h.now + 600 * SECOND), agent, target);
      h.advance(h.now + SECOND);
      h.finish(h.started.getLast());
    }
    for (int i = 0; i < 20; i++) {
      h.submit(h.jobUntil(h.now + 600 * SECOND), agent, target);
    }
    h.advance(h.now + SECOND);
    h.submit(h.jobUntil(h.now + 600 * SECOND), agent, target);
  }

  @Test
  void aTimerRunsOnlyWhileItIsLowered() {
    TargetGate target = target(LevelPolicy.DEFAULT);
    flood(target);
    assertThat(h.engine.levelOf(target)).isLessThan(LevelWord.ALL);
    assertThat(target.level()).as("as submitters see it").isEqualTo(h.engine.levelOf(target));
    assertThat(h.engine.nextTimerNs()).as("a window").isLessThanOrEqualTo(h.now + SECOND / 4);
    while (h.engine.ledger().running() > 0) {
      h.advance(h.now + SECOND);
      h.finish(h.started.getLast());
    }
    assertThat(h.engine.isIdle()).isTrue();
    h.advance(h.now + 10 * SECOND);
    assertThat(h.engine.levelOf(target)).isEqualTo(LevelWord.ALL);
    assertThat(target.level()).isEqualTo(LevelWord.ALL);
    h.advance(h.now + 600 * SECOND); // the jobs' deadlines
    assertThat(h.engine.nextTimerNs()).as("none is left").isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void changedSettingsOpenItAtOnce() {
    TargetGate target = target(LevelPolicy.DEFAULT);
    flood(target);
    TargetSettings off = target.settings().level(LevelPolicy.OFF);
    h.engine.targetReconfigured(h.now, target, off);
    assertThat(target.level()).isEqualTo(LevelWord.ALL);
    assertThat(h.log).last().isEqualTo("level of target-0 " + LevelWord.ALL);
  }

  @Test
  void withoutAPolicyItNeverFalls() {
    TargetGate target = target(LevelPolicy.OFF);
    flood(target);
    assertThat(target.level()).isEqualTo(LevelWord.ALL);
    assertThat(h.log).noneMatch(line -> line.startsWith("level"));
  }
}
