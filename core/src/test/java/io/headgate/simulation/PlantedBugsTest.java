package io.headgate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether the simulator finds bugs: those that are planted it must find, and no others. */
@Timeout(600)
class PlantedBugsTest {
  private static final int SEEDS = 2_000;
  private static final int CONTROL_SEEDS = 300;

  @Test
  void nothingIsFoundWhereNothingIsPlanted() throws ReflectiveOperationException {
    PlantedSwarm.Find find = new PlantedSwarm(List.of()).hunt(CONTROL_SEEDS);

    assertThat(find.violation()).as("seed %d", find.seeds()).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void aPlantedBugIsFound(Plant plant) throws ReflectiveOperationException {
    PlantedSwarm.Find find = new PlantedSwarm(plant.edits).hunt(SEEDS);

    System.out.printf(
        "%s: found after %d seeds: %s%n", plant.words(), find.seeds(), find.violation());
    assertThat(find.violation()).as("after %d seeds", SEEDS).isNotNull();
    // That the planted code cannot run, or that it trips over itself, is no find of the
    // simulator's.
    assertThat(find.violation()).doesNotStartWith("java.");
  }
}
