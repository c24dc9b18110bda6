package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.simulation.NightFigures;
import io.headgate.simulation.RecordedSeed;
import io.headgate.simulation.Rerun;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever the swarm draws, with its operators and its changes, can be flown again, and comes to as
 * much.
 */
@Timeout(600)
class SwarmAgainTest {
  private static final long FIRST = Long.getLong("headgate.again.first", 91_000_000);
  private static final int SEEDS = Integer.getInteger("headgate.again.seeds", 30);

  @Test
  void eachSeedIsFlownAgain() throws InterruptedException {
    var then = new NightFigures();
    var would = new NightFigures();
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      for (NightReader.Run run : runs(seed)) {
        then.add(run.then());
        would.add(fly(run, seed));
      }
    }
    assertThat(would.byName().get("jobs")).isEqualTo(then.byName().get("jobs"));
    assertThat(would.byName().get("tokens"))
        .isCloseTo(then.byName().get("tokens"), Percentage.withPercentage(25));
  }

  private static NightFigures fly(NightReader.Run run, long seed) throws InterruptedException {
    try {
      return new Rerun(run.night()).fly(seed);
    } catch (IllegalStateException e) {
      throw new IllegalStateException("seed " + seed, e);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("nobody knows"); // too little was let in
      return run.then();
    }
  }

  private static List<NightReader.Run> runs(long seed) {
    List<NightReader.Run> runs = new ArrayList<>();
    var reader = new NightReader(Policy.of(List.of()), runs::add);
    var encoder = new RecordEncoder((record, length) -> reader.apply(record, 0));
    RecordedSeed.End end =
        RecordedSeed.fly(
            seed,
            (settings, engineSeed) -> {
              encoder.runStarted(0, 0, engineSeed, settings, "test");
              return encoder;
            });
    assertThat(end.violation()).as("seed " + seed).isNull();
    reader.end();
    return runs;
  }
}
