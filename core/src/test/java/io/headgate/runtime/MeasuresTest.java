package io.headgate.runtime;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Snapshot;
import io.headgate.Spending;
import io.headgate.Target;
import io.headgate.Task;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Durations and rates under a clock that the test moves: what is shown is what was. */
@Timeout(30)
class MeasuresTest {
  private static final long MS = 1_000_000;

  private final CachedNanoClock clock = new CachedNanoClock();
  private final LiveHeadgate headgate =
      LiveHeadgate.stepped(HeadgateSettings.DEFAULT.maxInFlight(1), clock, () -> 7_000 * MS);
  private final Target target =
      headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF).timeout(ofSeconds(90)));
  private final Agent agent = headgate.agent("agent");
  private final Job job = headgate.job(j -> j.deadline(ofMinutes(10)));
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore release = new Semaphore(0);

  @Test
  void showsHowLongTasksWaitedAndRan() throws Exception {
    Admitted<String> first = submit();
    Admitted<String> second = submit();
    awaitBegun();
    clock.advance(200 * MS);
    Snapshot during = headgate.snapshot();
    assertThat(during.at()).isEqualTo(Instant.ofEpochSecond(7).plusMillis(200));
    assertThat(during.waiting()).isEqualTo(1);
    assertThat(during.inFlight()).isEqualTo(1);
    assertThat(during.oldestWaiting()).isEqualTo(ofMillis(200));
    finish(first);
    awaitBegun();
    clock.advance(400 * MS);
    finish(second);
    Snapshot after = headgate.snapshot();
    assertThat(after.waitTime().count()).isEqualTo(2);
    assertThat(after.waitTime().p50().toMillis()).isZero();
    assertThat(after.waitTime().max().toMillis()).isCloseTo(200, within(2L));
    assertThat(after.runTime().p50().toMillis()).isCloseTo(200, within(2L));
    assertThat(after.runTime().p99().toMillis()).isCloseTo(400, within(4L));
    assertThat(after.totalTime().max().toMillis()).isCloseTo(600, within(6L));
    assertThat(after.agents().getFirst().runTime()).isEqualTo(after.runTime());
    assertThat(after.targets().getFirst().totalTime()).isEqualTo(after.totalTime());
    assertThat(after.outcomes()).isEqualTo(Map.of("Completed", 2L));
  }

  @Test
  void whatWasSpentInTheLastMinuteFallsToZeroThoughNothingHappens() throws Exception {
    clock.advance(30_000 * MS);
    Admitted<String> task = submit();
    awaitBegun();
    finish(task);
    long tokens = job.spending().tokensSpent();
    assertThat(tokens).isPositive();
    assertThat(job.spending().tokensLastMinute()).isEqualTo(tokens);
    assertThat(headgate.snapshot().tokensLastMinute()).isEqualTo(tokens);
    clock.advance(60_000 * MS);
    assertThat(job.spending().tokensLastMinute()).as("half of it").isEqualTo(tokens / 2);
    clock.advance(30_000 * MS);
    assertThat(job.spending().tokensLastMinute()).isZero();
    Snapshot later = headgate.snapshot();
    assertThat(later.tokensLastMinute()).isZero();
    assertThat(later.agents().getFirst().tokensLastMinute()).isZero();
    assertThat(later.tokensSpent()).isEqualTo(tokens);
  }

  @Test
  void aClosedJobSaysWhatItsLastMinuteWas() throws Exception {
    Admitted<String> task = submit();
    awaitBegun();
    finish(task);
    clock.advance(10_000 * MS);
    job.close();
    clock.advance(600_000 * MS);
    Spending spending = job.spending();
    assertThat(spending.tokensSpent()).isPositive();
    assertThat(spending.tokensLastMinute()).isEqualTo(spending.tokensSpent());
    assertThat(spending.tokensReserved()).isZero();
  }

  @Test
  void forgetsDurationsAfterTheIntervalAndShowsRatesOfIt() throws Exception {
    for (int i = 0; i < 3; i++) {
      Admitted<String> task = submit();
      awaitBegun();
      finish(task);
    }
    clock.advance(2_000 * MS);
    Snapshot early = headgate.snapshot();
    assertThat(early.arrivalsPerSecond()).isEqualTo(1.5);
    assertThat(early.startsPerSecond()).isEqualTo(1.5);
    assertThat(early.endsPerSecond()).isEqualTo(1.5);
    clock.advance(10_000 * MS);
    settle();
    assertThat(headgate.snapshot().totalTime().count()).isEqualTo(3);
    assertThat(headgate.snapshot().endsPerSecond()).isEqualTo(0.25);
    clock.advance(10_000 * MS);
    settle();
    Snapshot late = headgate.snapshot();
    assertThat(late.totalTime().count()).isZero();
    assertThat(late.arrivalsPerSecond()).isZero();
    assertThat(late.admitted()).isEqualTo(3);
  }

  @Test
  void aRemovedAgentIsShownWhileItsTasksLive() throws Exception {
    Admitted<String> task = submit();
    awaitBegun();
    agent.remove();
    assertThat(headgate.snapshot().agents()).hasSize(1);
    finish(task);
    assertThat(headgate.snapshot().agents()).isEmpty();
  }

  private Admitted<String> submit() {
    return job.submitOrThrow(
        Task.<String>of(
            agent,
            target,
            Estimate.of(100, 0),
            attempt -> {
              begun.release();
              release.acquire();
              return "";
            }));
  }

  private void awaitBegun() {
    while (!begun.tryAcquire()) {
      headgate.step();
    }
  }

  private void finish(Admitted<String> task) {
    release.release();
    while (task.outcome().isEmpty()) {
      headgate.step();
    }
    settle();
  }

  private void settle() {
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }
}
