package io.headgate;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When what a call registered is closed, where, and how often. */
@Timeout(60)
class OnCancelTest {
  private final Headgate headgate = Headgate.builder().patience(ofSeconds(5)).build();
  private final Agent agent = headgate.agent("agent");
  private final Target tool =
      headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF).maxOverruns(1_000));
  // Enough for calls whose interrupt is late: a helper may wait for a CPU.
  private final Job job = headgate.job(j -> j.tokenBudget(1_000_000));
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void allIsBack() {
    release.countDown();
    job.close();
    assertThat(headgate.shutdown(ofSeconds(5))).isTrue();
    assertThat(headgate.audit()).isEqualTo(new Audit(true, List.of()));
  }

  private <T> Admitted<T> submit(Call<T> call) {
    return job.submitOrThrow(Task.<T>of(agent, tool, Estimate.of(10, 10), call));
  }

  /** Counts how often it is closed and by whom. */
  private static final class Closed implements AutoCloseable {
    final AtomicInteger times = new AtomicInteger();
    final AtomicReference<Thread> by = new AtomicReference<>();
    final Semaphore once = new Semaphore(0);

    @Override
    public void close() {
      times.incrementAndGet();
      by.set(Thread.currentThread());
      once.release();
    }
  }

  @Test
  void eachIsClosedOnceOnAHelpersPlatformThread() throws Exception {
    List<Closed> closeables = new ArrayList<>();
    var begun = new CountDownLatch(1);
    Admitted<String> handle =
        submit(
            attempt -> {
              for (int i = 0; i < 5; i++) {
                var each = new Closed();
                closeables.add(each);
                attempt.onCancel(each);
              }
              begun.countDown();
              return Deaf.until(release);
            });
    begun.await();
    assertThat(closeables).allMatch(each -> each.times.get() == 0);
    assertThat(handle.cancel()).isTrue();
    for (Closed each : closeables) {
      each.once.acquire();
      assertThat(each.by.get().isVirtual()).isFalse();
      assertThat(each.by.get().getName()).startsWith("headgate-helper");
    }
    assertThat(handle.cancel()).isFalse();
    job.close();
    release.countDown();
    awaitNothingRuns();
    assertThat(closeables).allMatch(each -> each.times.get() == 1);
  }

  // The interrupt may end the call before a helper comes to its closeables: they are closed still,
  // since a client's own thread may hang in them.
  @Test
  void closedEvenIfTheInterruptEndsTheCallAtOnce() throws Exception {
    for (int i = 0; i < 300; i++) {
      var closed = new Closed();
      var begun = new CountDownLatch(1);
      Admitted<String> handle =
          submit(
              attempt -> {
                attempt.usage(0, 0);
                attempt.onCancel(closed);
                begun.countDown();
                release.await();
                return "";
              });
      begun.await();
      assertThat(handle.cancel()).isTrue();
      closed.once.acquire();
      assertThat(closed.times).hasValue(1);
    }
  }

  @Test
  void atOnceOnTheCallersThreadWhenItIsTooLate() throws Exception {
    var closed = new Closed();
    var interrupted = new CountDownLatch(1);
    var registered = new AtomicReference<Thread>();
    var done = new CountDownLatch(1);
    Admitted<String> handle =
        submit(
            attempt -> {
              interrupted.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                attempt.onCancel(closed);
                registered.set(Thread.currentThread());
                assertThat(closed.times).as("before onCancel returns").hasValue(1);
                done.countDown();
              }
              return "";
            });
    interrupted.await();
    assertThat(handle.cancel()).isTrue();
    done.await();
    assertThat(closed.by.get()).isSameAs(registered.get());
    awaitNothingRuns();
    assertThat(closed.times).hasValue(1);
  }

  @Test
  void whatALateThreadRegistersAfterACancelledCallHasReturnedIsClosed() throws Exception {
    var attempts = new AtomicReference<Attempt>();
    var begun = new CountDownLatch(1);
    Admitted<String> handle =
        submit(
            attempt -> {
              attempts.set(attempt);
              begun.countDown();
              release.await();
              return "";
            });
    begun.await();
    assertThat(handle.cancel()).isTrue();
    awaitNothingRuns();
    var closed = new Closed();
    attempts.get().onCancel(closed);
    assertThat(closed.times).hasValue(1);
    assertThat(closed.by.get()).isSameAs(Thread.currentThread());
  }

  @Test
  void forgottenWhenTheAttemptEnds() throws Exception {
    var closed = new Closed();
    var attempts = new AtomicReference<Attempt>();
    Admitted<String> handle =
        submit(
            attempt -> {
              attempts.set(attempt);
              attempt.onCancel(closed);
              return "done";
            });
    assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("done"));
    assertThat(handle.cancel()).isFalse();
    attempts.get().onCancel(closed);
    job.close();
    awaitNothingRuns();
    assertThat(headgate.shutdown(ofSeconds(5))).isTrue();
    assertThat(closed.times).hasValue(0);
  }

  @Test
  void anAttemptThatIsOverDoesNothingMore() throws Exception {
    var attempts = new AtomicReference<Attempt>();
    Admitted<String> handle =
        submit(
            attempt -> {
              attempts.set(attempt);
              assertThat(attempt.charge(4)).isTrue();
              attempt.usage(5, 4);
              return "done";
            });
    handle.join();
    Attempt over = attempts.get();
    assertThat(job.remainingTokens()).isEqualTo(1_000_000 - 9);
    assertThat(over.charge(0)).isFalse();
    assertThat(over.charge(1)).isFalse();
    over.usage(500, 500);
    assertThat(job.remainingTokens()).as("after a charge and a usage").isEqualTo(1_000_000 - 9);
    assertThat(over.number()).isEqualTo(1);
    assertThat(over.taskId()).isEqualTo(handle.id());
    assertThat(over.job()).isSameAs(job);
    assertThat(over.maxOutputTokens()).isEqualTo(10);
    job.close();
    assertThat(over.submit(Task.<String>of(agent, tool, a -> "late")))
        .isEqualTo(new Refused<String>(Refusal.JOB_CLOSED, java.time.Duration.ZERO));
    assertThatThrownBy(() -> over.onCancel(null)).hasMessageStartingWith("closeable is null");
  }

  private void awaitNothingRuns() {
    long end = System.nanoTime() + ofSeconds(20).toNanos();
    while (headgate.snapshot().inFlight() > 0) {
      assertThat(System.nanoTime()).as("still in flight").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
