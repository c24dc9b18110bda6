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
import java.util.List;
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
  private boolean failing;
  private Runnable closing = () -> {};
  private final CountDownLatch called = new CountDownLatch(1);

  // Writes nothing, and says that as much is durable as the test wants.
  private JournalSource journal() {
    return QuietJournal.of(
        (method, _) ->
            switch (method) {
              case "isWriteAhead" -> true;
              case "written" -> written.get();
              case "durable" -> durable.get();
              case "isBehind", "wantsEachRefusal", "refusalsEveryNs", "turn", "want", "hasLost" ->
                  null;
              case "close" -> {
                closing.run();
                yield null;
              }
              case "halt" -> {
                if (failing) {
                  throw new IllegalStateException("halt");
                }
                yield null;
              }
              default -> {
                written.incrementAndGet();
                yield null;
              }
            });
  }

  private Admitted<String> submit() {
    return submit("target", Duration.ofSeconds(1));
  }

  private Admitted<String> submit(String name, Duration timeout) {
    Agent agent = headgate.agent("agent");
    Target target = headgate.target(name, t -> t.timeout(timeout));
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
                })
            .ephemeral());
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
  void whatIsToldToStopDoesNotWaitBehindOthers() {
    Admitted<String> patient = submit("patient", Duration.ofMinutes(10));
    Admitted<String> hasty = submit("hasty", Duration.ofSeconds(1));
    headgate.step();
    assertThat(headgate.snapshot().inFlight()).isEqualTo(2);
    clock.advance(2_000_000_000L);
    stepUntilDone(hasty);
    while (headgate.snapshot().inFlight() > 1) { // its place is not held by who waits
      headgate.step();
    }
    assertThat(patient.outcome()).isEmpty();
    assertThat(called.getCount()).isEqualTo(1);
  }

  @Test
  void whoWaitsForAnAcknowledgementHearsAtTheEndWhatBecameOfIt() {
    Admitted<String> task = submit();
    CompletableFuture<Void> waits = task.durable();
    headgate.step();
    CompletableFuture<Void> asks = task.durable();
    closing = () -> durable.set(Long.MAX_VALUE); // the journal's last bytes
    headgate.onTerminated();
    assertThat(waits).isCompleted();
    assertThat(asks).isCompleted();
    assertThat(task.durable()).as("also later").isCompleted();
  }

  @Test
  void whatDidNotGetThereByTheEndIsSaid() {
    Admitted<String> task = submit();
    CompletableFuture<Void> waits = task.durable();
    headgate.step();
    CompletableFuture<Void> asks = task.durable();
    headgate.onTerminated();
    for (CompletableFuture<Void> each : List.of(waits, asks, task.durable())) {
      assertThat(each)
          .failsWithin(Duration.ZERO)
          .withThrowableThat()
          .withMessageContaining("was closed before the journal had this task");
    }
  }

  @Test
  void aJournalThatCannotBeClosedKeepsNobodyWaiting() {
    Admitted<String> task = submit();
    CompletableFuture<Void> waits = task.durable();
    headgate.step();
    closing =
        () -> {
          throw new IllegalStateException("no disk");
        };
    headgate.onTerminated();
    assertThat(headgate.isTerminated()).isTrue();
    assertThat(waits).isCompletedExceptionally();
  }

  @Test
  void anEndThatFailsDoesNotSkipTheJournals() {
    var closed = new CountDownLatch(1);
    closing = closed::countDown;
    var _ = submit();
    failing = true;
    headgate.onTerminated();
    assertThat(headgate.isTerminated()).isTrue();
    assertThat(closed.getCount()).isZero();
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
