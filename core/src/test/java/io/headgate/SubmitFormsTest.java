package io.headgate;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.headgate.Outcome.Completed;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The forms of a submission that wait for a place, or throw. */
@Timeout(60)
class SubmitFormsTest {
  private final Headgate headgate = Headgate.builder().maxInFlight(1).maxWaiting(1).build();
  private final Agent agent = headgate.agent("agent");
  private final Target target = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
  private final Job job = headgate.job(j -> j.tokenBudget(100));
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final Task<String> held =
      Task.<String>of(
          agent,
          target,
          attempt -> {
            begun.countDown();
            release.await();
            return "held";
          });

  /** One runs, one waits: the house is full. */
  @BeforeEach
  void fill() throws InterruptedException {
    job.submitOrThrow(held);
    begun.await();
    job.submitOrThrow(held);
  }

  @AfterEach
  void conserved() {
    release.countDown();
    assertThat(headgate.shutdown(ofSeconds(20))).isTrue();
    Until.conserved(headgate);
  }

  @Test
  void waitsUntilThereIsAPlace() throws Exception {
    var admission = new CompletableFuture<Admission<String>>();
    Thread submitter = submitIn(admission, ofHours(1));
    Until.isTrue("it waits", () -> submitter.getState() == Thread.State.TIMED_WAITING);
    assertThat(admission.isDone()).isFalse();
    release.countDown();
    assertThat(admission.get()).isInstanceOf(Admitted.class);
    assertThat(((Admitted<String>) admission.get()).join()).isEqualTo(new Completed<>("held"));
  }

  private Thread submitIn(CompletableFuture<Admission<String>> admission, Duration maxWait) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                admission.complete(job.submit(held, maxWait));
              } catch (InterruptedException e) {
                admission.completeExceptionally(e);
              }
            });
  }

  @Test
  void givesUpWhenItsTimeIsOver() throws Exception {
    long start = System.nanoTime();
    Admission<String> admission = job.submit(held, ofMillis(30));
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
    assertThat(((Refused<String>) admission).reason()).isEqualTo(Refusal.WAITING_ROOM_FULL);
    assertThat(job.submit(held, ZERO)).isInstanceOf(Refused.class);
    assertThat(job.submit(held, ofSeconds(-1))).isInstanceOf(Refused.class);
    assertThat(headgate.snapshot().admitted()).isEqualTo(2);
  }

  @Test
  void doesNotWaitForWhatTimeDoesNotHeal() throws Exception {
    Refusal[] never = new Refusal[2];
    Task<String> big = Task.<String>of(agent, target, Estimate.of(101, 0), attempt -> "");
    try (Headgate roomy = Headgate.builder().build()) {
      Job poor = roomy.job(j -> j.tokenBudget(100));
      Task<String> dear =
          Task.<String>of(roomy.agent("a"), roomy.target("t"), Estimate.of(101, 0), attempt -> "");
      never[0] = ((Refused<String>) poor.submit(dear, ofHours(1))).reason();
    }
    job.close();
    never[1] = ((Refused<String>) job.submit(big, ofHours(1))).reason();
    assertThat(never).containsExactly(Refusal.TOKEN_BUDGET, Refusal.JOB_CLOSED);
  }

  @Test
  void interruptedWaiterHasSubmittedNothing() throws Exception {
    var admission = new CompletableFuture<Admission<String>>();
    Thread submitter = submitIn(admission, ofHours(1));
    Until.isTrue("it waits", () -> submitter.getState() == Thread.State.TIMED_WAITING);
    submitter.interrupt();
    assertThatThrownBy(admission::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(headgate.snapshot().admitted()).isEqualTo(2);
    assertThat(headgate.snapshot().waiting()).isEqualTo(1);
  }

  @Test
  void exceptionFormIsCheapAndSaysTheSame() {
    Refused<String> refused = (Refused<String>) job.submit(held);
    RefusedException thrown =
        catchThrowableOfType(RefusedException.class, () -> job.submitOrThrow(held));
    assertThat(thrown.reason()).isEqualTo(refused.reason()).isEqualTo(Refusal.WAITING_ROOM_FULL);
    assertThat(thrown.retryAfter()).isPositive();
    assertThat(thrown.getStackTrace()).isEmpty();
    thrown.addSuppressed(new IllegalStateException("ignored"));
    assertThat(thrown.getSuppressed()).as("nor any other baggage").isEmpty();
    assertThat(thrown)
        .hasMessageContaining("WAITING_ROOM_FULL")
        .hasMessageContaining(Refusal.WAITING_ROOM_FULL.advice());
  }
}
