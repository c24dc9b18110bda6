package io.headgate.examples.storm.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which attempts of a call lost. */
class AttemptRaceTest {
  private final List<Integer> lost = new ArrayList<>();
  private final AttemptRace race = new AttemptRace(lost::add);

  @Test
  void whoIsInterruptedAfterAnAnswerHasLost() {
    race.starts(1);
    race.starts(2);
    race.answered(2, "second");
    race.failed(1);
    race.won("second");
    assertThat(lost).containsExactly(1);
  }

  @Test
  void ofTwoAnswersTheOneThatIsNotTakenHasLost() {
    race.starts(1);
    race.starts(2);
    race.answered(1, "first");
    race.answered(2, "second");
    race.won("second");
    assertThat(lost).containsExactly(1);
  }

  @Test
  void whoFailedBeforeWasTriedAgainAndHasNotLost() {
    race.starts(1);
    race.failed(1);
    race.starts(2);
    race.answered(2, "second");
    race.won("second");
    assertThat(lost).isEmpty();
  }

  @Test
  void whoStartsWhenAllIsOverHasLostToo() {
    race.starts(1);
    race.answered(1, "first");
    race.won("first");
    race.starts(2);
    assertThat(lost).containsExactly(2);
  }
}
