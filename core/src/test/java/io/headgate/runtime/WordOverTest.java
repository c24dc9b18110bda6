package io.headgate.runtime;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Agent;
import io.headgate.By;
import io.headgate.HeadgateEvent;
import io.headgate.HeadgateSettings;
import io.headgate.LoopPolicy;
import io.headgate.Operator;
import io.headgate.Snapshot;
import io.headgate.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An operator's word is shown until when it holds, and its end by itself is heard. */
@Timeout(30)
class WordOverTest {
  private static final By KIM = new By("kim", "to see");
  private static final Duration HOUR = ofHours(1);
  private static final Instant AFTER_AN_HOUR = Instant.EPOCH.plus(HOUR);

  private final Stage stage = new Stage(HeadgateSettings.DEFAULT);
  private final Agent agent = stage.headgate.agent("agent");
  private final Target tool =
      stage.headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
  private final Operator operator = stage.headgate.operator();

  @Test
  void ofHoldsUntilWhenAndThatItIsOver() {
    operator.pause(agent, HOUR, KIM);
    operator.pause(tool, HOUR, KIM);
    operator.drain(HOUR, KIM);
    Snapshot held = stage.headgate.snapshot();
    assertThat(held.heldUntil()).isEqualTo(AFTER_AN_HOUR);
    assertThat(held.agents().getFirst().heldUntil()).isEqualTo(AFTER_AN_HOUR);
    assertThat(held.targets().getFirst().heldUntil()).isEqualTo(AFTER_AN_HOUR);
    assertThat(held.targets().getFirst().forcedUntil()).isNull();
    assertThat(held.toJson())
        .contains("\"admissions\":\"DRAINED\",\"heldUntil\":\"1970-01-01T01:00:00Z\"")
        .contains("\"breaker\":\"HELD\",\"heldUntil\":\"1970-01-01T01:00:00Z\"")
        .contains("\"forcedUntil\":null");
    assertThat(held.toString())
        .contains("operator  admissions DRAINED for 1.00h\n")
        .contains("cut off   tool HELD for 1.00h, agent HELD for 1.00h\n");
    stage.advance(HOUR);
    assertThat(overs()).as("a nanosecond before").isEmpty();
    stage.advance(ofNanos(1));
    assertThat(overs())
        .containsExactlyInAnyOrder("resume agent agent", "resume target tool", "resume all");
    Snapshot free = stage.headgate.snapshot();
    assertThat(free.heldUntil()).isNull();
    assertThat(free.agents().getFirst().heldUntil()).isNull();
    assertThat(free.targets().getFirst().heldUntil()).isNull();
    assertThat(free.toJson()).contains("\"heldUntil\":null");
    assertThat(operator.history()).hasSize(6);
    assertThat(stage.headgate.counters().asMap()).containsEntry("operatorWords", 3L);
  }

  @Test
  void ofForcedBreakersUntilWhenAndThatItIsOver() {
    operator.openBreaker(tool, HOUR, KIM);
    operator.closeBreaker(agent, tool, HOUR.plusMinutes(1), KIM);
    Snapshot forced = stage.headgate.snapshot();
    assertThat(forced.targets().getFirst().forcedUntil()).isEqualTo(AFTER_AN_HOUR);
    assertThat(forced.agents().getFirst().forcedUntil())
        .isEqualTo(AFTER_AN_HOUR.plus(ofMinutes(1)));
    assertThat(forced.toString()).contains("cut off   tool OPEN for 1.00h");
    stage.advance(HOUR.plusNanos(1));
    assertThat(overs()).containsExactly("let go breaker tool");
    assertThat(stage.heard(HeadgateEvent.Breaker.class))
        .extracting(HeadgateEvent.Breaker::state)
        .containsExactly("OPEN", "CLOSED", "HALF_OPEN");
    stage.advance(ofMinutes(1));
    assertThat(overs()).containsExactly("let go breaker tool", "let go breaker tool of agent");
    Snapshot free = stage.headgate.snapshot();
    assertThat(free.targets().getFirst().forcedUntil()).isNull();
    assertThat(free.agents().getFirst().forcedUntil()).isNull();
  }

  @Test
  void whatWasTakenBackOrSaidAnewEndsOnce() {
    operator.pause(agent, HOUR, KIM);
    operator.resume(agent, KIM);
    operator.openBreaker(tool, HOUR, KIM);
    operator.closeBreaker(tool, HOUR.multipliedBy(2), KIM);
    stage.advance(HOUR.plusNanos(1));
    assertThat(overs()).isEmpty();
    assertThat(stage.headgate.snapshot().targets().getFirst().forcedUntil())
        .isEqualTo(Instant.EPOCH.plus(HOUR.multipliedBy(2)));
    stage.advance(HOUR);
    assertThat(overs()).containsExactly("let go breaker tool");
  }

  private List<String> overs() {
    return stage.heard(HeadgateEvent.Operated.class).stream()
        .filter(word -> word.who().equals("headgate"))
        .peek(word -> assertThat(word.why()).isEqualTo("its time is over"))
        .map(word -> word.verb() + " " + word.subject())
        .toList();
  }
}
