package io.headgate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.engine.Ending;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * New seeds each day, and all that ever failed. {@code -Dheadgate.swarm.from=S} says which; how
 * many there are, {@code -Dtest.seeds=N}, or 20,000 with {@code -Pfull}.
 */
@Timeout(300)
class SwarmTest {
  private static final long SEEDS_FOR_ALL = 5_000;
  private static final long SEEDS = Long.getLong("headgate.swarm.seeds", 500);

  @Test
  @SuppressWarnings("SystemOut") // to fly them again
  void newSeedsOfToday() throws Exception {
    long today = LocalDate.now(ZoneOffset.UTC).toEpochDay() * 100_000;
    long from = Long.getLong("headgate.swarm.from", today);
    System.out.println("seeds " + from + " to " + (from + SEEDS - 1));
    OnVirtualThread.run(
        () -> {
          for (long seed = from; seed < from + SEEDS; seed++) {
            Swarm.Verdict verdict = Swarm.fly(seed);
            assertThat(verdict.violation())
                .as("headgate simulate --seeds 1 --from %s --set %s", seed, verdict.options())
                .isNull();
          }
          return true;
        });
  }

  // The same seeds each time, or a rare event would fail a build by its absence.
  @Test
  void everyRefusalEndingAndFaultComesUp() throws Exception {
    var coverage = new Coverage();
    OnVirtualThread.run(
        () -> {
          for (long seed = 1; seed <= SEEDS_FOR_ALL && !coverage.holes().isEmpty(); seed++) {
            Swarm.Verdict verdict = Swarm.fly(seed);
            assertThat(verdict.violation()).as("seed %s", seed).isNull();
            coverage.add(verdict);
          }
          return true;
        });
    assertThat(coverage.holes()).isEmpty();
  }

  @Test
  void afterTheStormEveryJobIsDone() throws Exception {
    Swarm.Verdict verdict =
        OnVirtualThread.run(
            () ->
                Swarm.fly(
                    1,
                    Options.parse(
                        "errors=500,hangs=200,outage=1000,in-flight=2,jobs-per-second=400")));
    assertThat(verdict.violation()).isNull();
    assertThat(verdict.tally().endings[Ending.FAILED.ordinal()]).isPositive();
    assertThat(verdict.tally().calmJobs).isBetween(3L, 40L);
  }

  @Test
  void settingsOfAllKindsAreChanged() throws Exception {
    Options options =
        Options.parse("changes=20,agents=6,targets=4,traced=1,trace-seed=7,hang-for-a-while=300");
    for (long seed = 1; seed <= 20; seed++) {
      long at = seed;
      Swarm.Verdict verdict = OnVirtualThread.run(() -> Swarm.fly(at, options));
      assertThat(verdict.violation()).as("seed %s", at).isNull();
      assertThat(verdict.world().hits[FaultPoint.SETTINGS_CHANGED.ordinal()]).isEqualTo(20);
      assertThat(verdict.world().hits[FaultPoint.PROVIDER_HANGS.ordinal()]).isPositive();
    }
  }

  @Test
  void aLimitOfAllThatIsRaisedAndWhatOtherJobsGiveBackOfItLetParkedTasksGoOn() throws Exception {
    Options options =
        Options.parse(
            "limit-changes=12,park-at-budget=1,park-ms=300,job-tokens=2000,calls-of-job=8,"
                + "parallel=1,agents=3,usage-wrong=300,jobs-per-second=100");
    long byLimit = 0;
    long byOthers = 0;
    for (long seed = 1; seed <= 60; seed++) {
      long at = seed;
      Swarm.Verdict verdict = OnVirtualThread.run(() -> Swarm.fly(at, options));
      assertThat(verdict.violation()).as("seed %s", at).isNull();
      byLimit += verdict.world().hits[FaultPoint.FUNDED_BY_LIMIT_OF_ALL.ordinal()];
      byOthers += verdict.world().hits[FaultPoint.FUNDED_BY_OTHER_JOBS.ordinal()];
    }
    assertThat(byLimit).isPositive();
    assertThat(byOthers).isPositive();
  }

  @Test
  void retriesThatHaveWaitedForTooLongAreNotTried() throws Exception {
    String options =
        "errors=400,in-flight=2,attempts=3,retry-percent=100,retry-floor=20,watermark=100,"
            + "latency-ms=50,job-deadline-ms=300,jobs-per-second=60,rungs=";
    for (int rungs : new int[] {0, 2}) {
      long past = 0;
      for (long seed = 1; seed <= 40; seed++) {
        long at = seed;
        Options of = Options.parse(options + rungs);
        Swarm.Verdict verdict = OnVirtualThread.run(() -> Swarm.fly(at, of));
        assertThat(verdict.violation()).as("seed %s", at).isNull();
        past += verdict.world().hits[FaultPoint.RETRY_PAST_ITS_TIME.ordinal()];
      }
      assertThat(past).as("with %s rungs", rungs).isPositive();
    }
  }

  @Test
  void aQuarterOfTheSeedsIsShutDownAndAllOthersSeeCalmWeather() {
    int seeds = 10_000;
    int shut = 0;
    for (long seed = 1; seed <= seeds; seed++) {
      shut += Options.of(seed).isOn(Option.SHUTDOWN) ? 1 : 0;
    }
    assertThat(shut).isBetween(seeds * 22 / 100, seeds * 28 / 100);
  }

  record Failed(long seed, Options options, String why) {
    @Override
    public String toString() {
      return seed + ": " + why;
    }
  }

  static Stream<Failed> everFailed() throws Exception {
    try (InputStream in =
        Objects.requireNonNull(SwarmTest.class.getResourceAsStream("failed-seeds.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .map(line -> line.split(" \\| ", -1))
              .map(
                  parts -> {
                    long seed = Long.parseLong(parts[0]);
                    Options options =
                        parts[1].equals("@seed") ? Options.of(seed) : Options.parse(parts[1]);
                    return new Failed(seed, options, parts[2]);
                  })
              .toList()
              .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("everFailed")
  void seedsThatFailedOnce(Failed failed) throws Exception {
    Swarm.Verdict verdict = OnVirtualThread.run(() -> Swarm.fly(failed.seed, failed.options));
    assertThat(verdict.violation()).isNull();
  }
}
