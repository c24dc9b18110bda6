package io.headgate.replay;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.RetryPolicy;
import io.headgate.journal.RecordedNight;
import io.headgate.simulation.Arrivals;
import io.headgate.simulation.Disturbance;
import io.headgate.simulation.JobModel;
import io.headgate.simulation.Load;
import io.headgate.simulation.ProviderModel;
import io.headgate.simulation.Simulation;
import io.headgate.simulation.SimulationReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A night under another policy, and first under its own: then it must come to what happened. In it,
 * half of a provider's calls fail for two minutes, and are tried again.
 */
@Timeout(120)
class WhatIfCommandTest {
  private static final int SEEDS = 10;

  /** With which a simulation shows that it still serves. */
  private static final int LAST_CALLS = 2;

  @TempDir static Path folder;

  private static Path night;
  private static Path overload;

  private final CommandLineRun line = new CommandLineRun();

  private static Simulation aNight() {
    return Simulation.of(HeadgateSettings.DEFAULT.maxInFlight(48).maxWaiting(400))
        .agent("researcher", a -> a.maxInFlight(24))
        .agent("writer", a -> a.maxInFlight(24))
        .target(
            "gpt-4.1",
            t ->
                t.timeout(ofSeconds(20))
                    .price(2, 8)
                    .retry(
                        RetryPolicy.DEFAULT
                            .maxAttempts(4)
                            .budget(100, 1_000)
                            .backoff(ofMillis(50), ofMillis(500)))
                    .breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF),
            ProviderModel.chat()
                .during(new Disturbance.Loss(ofMinutes(2), ofMinutes(4), 0.5, ofMillis(800))))
        .load(
            Load.of(
                new Arrivals.Poisson(2),
                JobModel.chat()
                    .calls(1, 6)
                    .children(0.3, 2, 1)
                    .settings(JobSettings.DEFAULT.tokenBudget(50_000).deadline(ofSeconds(60))),
                ofMinutes(6)))
        .seed(7);
  }

  // Far more than runs at once: what cannot be started in time is refused.
  private static Simulation anOverload() {
    return Simulation.of(HeadgateSettings.DEFAULT.maxInFlight(4).maxWaiting(16))
        .agent("researcher", a -> a)
        .target("gpt-4.1", t -> t.timeout(ofSeconds(20)), ProviderModel.chat())
        .load(
            Load.of(
                new Arrivals.Poisson(2),
                JobModel.chat().calls(2, 3).settings(JobSettings.DEFAULT.deadline(ofSeconds(30))),
                ofMinutes(3)))
        .seed(8);
  }

  @BeforeAll
  static void record() throws InterruptedException {
    night = folder.resolve("night");
    RecordedNight.fly(aNight(), night);
    overload = folder.resolve("overload");
    RecordedNight.fly(anOverload(), overload);
  }

  private JsonNode whatIf(Path of, String... settings) throws Exception {
    List<String> all = new ArrayList<>(List.of("what-if", of.toString(), "--json"));
    all.addAll(List.of("--seeds", Integer.toString(SEEDS)));
    for (String each : settings) {
      all.addAll(List.of("--set", each));
    }
    int code = line.run(all.toArray(String[]::new));
    assertThat(code).as(line.complained()).isZero();
    return new JsonMapper().readTree(line.said());
  }

  private static long then(JsonNode all, String figure) {
    return all.path("then").path(figure).asLong();
  }

  private static long would(JsonNode all, String figure, String which) {
    return all.path("whatIf").path(figure).path(which).asLong();
  }

  private static void assertClose(JsonNode all, int percent, String... figures) {
    for (String each : figures) {
      assertThat(would(all, each, "median"))
          .as(each)
          .isCloseTo(then(all, each), Percentage.withPercentage(percent));
    }
  }

  @Test
  void whatHappenedIsWhatTheSimulatorCounted() throws Exception {
    JsonNode all = whatIf(night);
    SimulationReport report = aNight().run();
    assertThat(then(all, "jobs")).isEqualTo(report.jobs() + LAST_CALLS);
    assertThat(then(all, "admitted")).isEqualTo(report.admitted() + LAST_CALLS);
    assertThat(then(all, "attempts")).isEqualTo(report.attempts() + LAST_CALLS);
    assertThat(then(all, "tokens")).isEqualTo(report.tokens());
    assertThat(then(all, "moneyNanos")).isEqualTo(report.moneyNanos());
    assertThat(then(all, "jobsInTime"))
        .isCloseTo(report.jobsInTime(), Percentage.withPercentage(5));
  }

  @Test
  void underTheSamePolicyItIsTheSameNight() throws Exception {
    assertClose(
        whatIf(night),
        10,
        "jobs",
        "jobsInTime",
        "admitted",
        "completed",
        "attempts",
        "attemptsFailed",
        "tokens",
        "tokensOnFailures",
        "dearestJobTokens",
        "moneyNanos",
        "p50Ns",
        "p99Ns");
  }

  @Test
  void theSameSeedsComeToTheSame() throws Exception {
    assertThat(whatIf(night)).isEqualTo(whatIf(night));
  }

  @Test
  void withoutRetriesFewerAttemptsAreMadeAndFewerJobsDone() throws Exception {
    JsonNode all = whatIf(night, "target.gpt-4.1.retry.maxAttempts=1");
    assertThat(would(all, "attempts", "p90")).isLessThan(then(all, "attempts") * 9 / 10);
    assertThat(would(all, "attemptsFailed", "p90")).isLessThan(then(all, "attemptsFailed") / 2);
    assertThat(would(all, "tokens", "p90")).isLessThan(then(all, "tokens") * 95 / 100);
    assertThat(would(all, "completed", "p90")).isLessThan(then(all, "completed"));
  }

  @Test
  void aBudgetCutsTheDearestJob() throws Exception {
    JsonNode all = whatIf(night, "job.*.tokenBudget=8000");
    assertThat(then(all, "dearestJobTokens")).isGreaterThan(12_000);
    assertThat(would(all, "dearestJobTokens", "p90")).isLessThan(9_000);
    assertThat(would(all, "refused", "p10")).isGreaterThan(then(all, "refused"));
    assertThat(would(all, "tokens", "p90")).isLessThan(then(all, "tokens"));
  }

  @Test
  void whoWasKeptOutIsServedWhenMoreRunsAtOnce() throws Exception {
    // How often who was kept out asked is not on record here.
    assertClose(whatIf(overload), 20, "jobsInTime", "attempts", "tokens");
    JsonNode all = whatIf(overload, "headgate.maxInFlight=100");
    assertThat(then(all, "jobsInTime")).isLessThan(then(all, "jobs") / 2);
    assertThat(would(all, "jobsInTime", "p10")).isGreaterThan(then(all, "jobs") * 8 / 10);
    assertThat(would(all, "attempts", "p10")).isGreaterThan(2 * then(all, "attempts"));
    assertThat(line.said()).contains("jobs came of which nothing was let in");
  }

  @Test
  void aTableForPeopleSaysWhatIsAssumed() throws Exception {
    assertThat(line.run("what-if", night.toString(), "--seeds", "2", "--set", "agent.*.weight=3"))
        .isZero();
    assertThat(line.said())
        .startsWith("what if: agent.*.weight=3\n")
        .containsPattern("jobs in time +\\d+ +\\d+ +\\d+ +\\d+\n")
        .containsPattern("money +\\$\\d+\\.\\d{6} ")
        .containsPattern("p99 +\\d+\\.\\d{3}s ")
        .contains("over 2 seeds. Assumed is:\n- a job's first call comes when it came");
  }

  private String refuses(String setting) throws Exception {
    assertThat(line.run("what-if", night.toString(), "--seeds", "2", "--set", setting))
        .as(setting)
        .isEqualTo(2);
    assertThat(line.said()).as(setting).isEmpty();
    return line.complained();
  }

  @Test
  void aKeyOrAValueThatIsNoneIsNamed() throws Exception {
    assertThat(refuses("nonsense")).contains("nonsense sets nothing; write headgate.SETTING=VALUE");
    assertThat(refuses("targets.*.maxInFlight=3")).contains("sets nothing");
    assertThat(refuses("target.gpt-4.1.maxInFlght=3"))
        .contains("names no setting of a target; there are maxInFlight, maxOverruns")
        .contains("retry.maxAttempts");
    assertThat(refuses("headgate.maxInFlight=many")).contains("256, and must be a whole number");
    assertThat(refuses("target.*.writer=3")).contains("must be true or false");
    assertThat(refuses("headgate.maxInFlight=0"))
        .contains("headgate.maxInFlight=0 cannot be: maxInFlight is 0, but must be");
    assertThat(refuses("target.gpt-5.maxInFlight=3"))
        .contains("the journal has no target gpt-5; there are gpt-4.1");
    assertThat(refuses("agent.reader.weight=3"))
        .contains("the journal has no agent reader; there are researcher, writer");
    assertThat(refuses("job.job-x.maxTasks=3")).contains("the journal has no job job-x");
  }

  @Test
  void aNumberOfSeedsThatIsNoneIsNamed() throws Exception {
    assertThat(line.run("what-if", night.toString(), "--seeds", "0")).isEqualTo(2);
    assertThat(line.complained()).contains("--seeds is 0, but must be from 1 to 100000");
  }
}
