package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Target;
import io.headgate.Task;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No call is made, and nothing is acknowledged, before the journal has it. */
@Timeout(30)
class WriteAheadTest {
  private final CachedNanoClock clock = new CachedNanoClock();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong durable = new AtomicLong();
  private final LiveHeadgate headgate =
      LiveHeadgate.stepped(HeadgateSettings.DEFAULT, null, clock, () -> 0, journal());
  private final CountDownLatch called = new CountDownLatch(1);

  // Writes nothing, and says that as much is durable as the test wants.
  private JournalSource journal() {
    return QuietJournal.of(
        (method, _) ->
            switch (method) {
              case "isWriteAhead" -> true;
              case "written" -> written.get();
              case "durable" -> durable.get();
              case "isBehind", "wantsEachRefusal", "refusalsEveryNs", "turn", "close" -> null;
              default -> {
                written.incrementAndGet();
                yield null;
              }
            });
  }

  private Admitted<String> submit() {
    Agent agent = headgate.agent("agent");
    Target target = headgate.target("target", t -> t.timeout(Duration.ofSeconds(1)));
    Job job = headgate.job(j -> j);
    headgate.step();
    return job.submitOrThrow(
        Task.<String>of(
            agent,
            target,
            Estimate.of(1, 0),
            _ -> {
              called.countDown();
              return "answer";
            }));
  }

  private void stepUntilDone(Admitted<String> task) {
    while (task.outcome().isEmpty()) {
      headgate.step();
      Thread.onSpinWait();
    }
  }

  @Test
  void aCallWaitsUntilItsStartIsDurable() throws Exception {
    Admitted<String> task = submit();
    headgate.step();
    long ofStart = written.get();
    durable.set(ofStart - 1);
    for (int i = 0; i < 100; i++) {
      headgate.step();
    }
    assertThat(called.await(20, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(headgate.snapshot().inFlight()).isEqualTo(1);
    durable.set(ofStart);
    headgate.step();
    assertThat(called.await(20, TimeUnit.SECONDS)).isTrue();
    durable.set(Long.MAX_VALUE);
    stepUntilDone(task);
    assertThat(task.outcome().orElseThrow()).isInstanceOf(Outcome.Completed.class);
  }

  @Test
  void whatIsToldToStopDoesNotWaitAndIsNotCalled() throws Exception {
    Admitted<String> task = submit();
    headgate.step();
    clock.advance(2_000_000_000L); // past its timeout: deadlines fire whatever the disk does
    stepUntilDone(task);
    while (headgate.snapshot().inFlight() > 0) {
      headgate.step();
    }
    assertThat(called.getCount()).isEqualTo(1);
  }

  @Test
  void anAcknowledgementWaitsUntilTheAdmissionIsDurable() throws Exception {
    Admitted<String> task = submit();
    CompletableFuture<Void> acknowledged = task.durable();
    headgate.step();
    headgate.step();
    assertThat(acknowledged).isNotDone();
    durable.set(written.get());
    headgate.step();
    acknowledged.get(20, TimeUnit.SECONDS);
    durable.set(Long.MAX_VALUE);
    stepUntilDone(task);
    CompletableFuture<Void> late = task.durable();
    headgate.step();
    late.get(20, TimeUnit.SECONDS);
  }

  @Test
  void withoutAJournalNothingIsDurable() {
    LiveHeadgate without = LiveHeadgate.stepped(HeadgateSettings.DEFAULT, clock, () -> 0);
    Agent agent = without.agent("agent");
    Target target = without.target("target");
    Admitted<String> task =
        without.job(j -> j).submitOrThrow(Task.<String>of(agent, target, _ -> "answer"));
    assertThat(task.durable())
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withMessageContaining("has no journal");
  }
}
