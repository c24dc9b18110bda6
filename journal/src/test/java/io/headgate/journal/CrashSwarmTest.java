package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.simulation.CrashSeed;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hosts that crash again and again, in virtual time and on disks that fail. */
@Timeout(600)
class CrashSwarmTest {
  private static final long FIRST = 90_000_000;
  private static final int SEEDS = Integer.getInteger("headgate.crash.seeds", 60);

  // On a virtual thread, where actors hand control on much faster.
  private static CrashSeed.Verdict fly(long seed) throws Exception {
    var flight = new FutureTask<>(() -> CrashSwarm.fly(seed));
    Thread thread = Thread.ofVirtual().start(flight);
    thread.join();
    return flight.get();
  }

  @Test
  void whatWasPromisedSurvivesAndNothingIsDoneTwice() throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      CrashSeed.Verdict verdict = fly(seed);
      assertThat(verdict.violation()).as("seed " + seed).isNull();
      verdict.counts().forEach((what, times) -> counts.merge(what, times, Long::sum));
    }
    assertThat(counts)
        .as("what came up")
        .containsKeys("killed", "power lost", "disk full", "disk stalls")
        .containsKeys("WAITS", "RUNS_AGAIN", "PARKED", "IN_DOUBT", "EXPIRED", "LOST", "POSTPONED");
  }

  @Test
  void aSeedComesToTheSameDigestEachTime() throws Exception {
    for (long seed = FIRST; seed < FIRST + 5; seed++) {
      assertThat(fly(seed).digest()).as("seed " + seed).isEqualTo(fly(seed).digest());
    }
    assertThat(fly(FIRST).digest()).isNotEqualTo(fly(FIRST + 1).digest());
  }
}
