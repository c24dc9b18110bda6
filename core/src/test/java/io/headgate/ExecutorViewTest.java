package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.headgate.Outcome.Completed;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The view as an executor keeps the contract of java.util.concurrent. */
@Timeout(60)
class ExecutorViewTest {
  private static final int WAITING = 16;

  private final Headgate headgate = Headgate.builder().maxInFlight(2).maxWaiting(WAITING).build();
  private final Agent agent = headgate.agent("agent", a -> a.maxInFlight(1));
  private final Target target = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
  private final Job job = headgate.job(j -> j);
  private final ExecutorService view = job.executor(agent, target);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();

  @AfterEach
  void conserved() {
    release.countDown();
    assertThat(headgate.shutdown(ofSeconds(20))).isTrue();
    Until.conserved(headgate);
    assertThat(headgate.counters().asMap()).containsEntry("ownErrors", 0L);
  }

  private String hold() {
    begun.countDown();
    try {
      release.await();
      interrupted.complete(false);
      return "held";
    } catch (InterruptedException e) {
      interrupted.complete(true);
      return "interrupted";
    }
  }

  @Test
  void submitsInvokesAndAnswers() throws Exception {
    assertThat(view.submit(() -> "answer").get()).isEqualTo("answer");
    assertThat(view.submit(() -> {}, "result").get()).isEqualTo("result");
    List<Callable<Integer>> four =
        IntStream.range(0, 4).<Callable<Integer>>mapToObj(i -> () -> i * i).toList();
    assertThat(view.invokeAll(four)).extracting(Future::get).containsExactly(0, 1, 4, 9);
    assertThat(view.invokeAny(four)).isIn(0, 1, 4, 9);
    Callable<Integer> failing =
        () -> {
          throw new IllegalStateException("from a test");
        };
    assertThat(view.invokeAny(List.of(failing, () -> 7))).isEqualTo(7);
    assertThatThrownBy(() -> view.invokeAny(List.of(failing)))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(Thread.currentThread().isVirtual()).isFalse();
    assertThat(view.submit(() -> Thread.currentThread().getName()).get())
        .startsWith("headgate-agent-tool-");
    view.close();
    assertThat(view.isTerminated()).isTrue();
    assertThat(job.isOpen()).as("the job outlives its view").isTrue();
    assertThat(job.submitOrThrow(Task.<String>of(agent, target, attempt -> "")).join())
        .isEqualTo(new Completed<>(""));
  }

  @Test
  void whatABareCommandThrowsReachesTheDefaultHandler() throws Exception {
    var before = Thread.getDefaultUncaughtExceptionHandler();
    var caught = new java.util.concurrent.CompletableFuture<Throwable>();
    var error = new IllegalStateException("from a test");
    Thread.setDefaultUncaughtExceptionHandler((thread, t) -> caught.complete(t));
    try {
      view.execute(
          () -> {
            throw error;
          });
      assertThat(caught.get(20, TimeUnit.SECONDS)).isSameAs(error);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Test
  void invokeAllWithATimeoutCancelsTheRest() throws Exception {
    List<Future<String>> futures =
        view.invokeAll(List.of(() -> "quick", this::hold, () -> "behind"), 1, TimeUnit.SECONDS);
    assertThat(futures.get(0).get()).isEqualTo("quick");
    assertThat(futures.get(1).isCancelled()).isTrue();
    assertThat(futures.get(2).isCancelled()).isTrue();
    assertThatThrownBy(
            () -> view.invokeAny(List.of(this::hold, this::hold), 20, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
  }

  @Test
  void refusalIsARejectionThatSaysWhy() throws Exception {
    var first = view.submit(this::hold);
    begun.await();
    for (int i = 0; i < WAITING; i++) {
      view.execute(() -> {});
    }
    RejectedExecutionException rejected =
        catchThrowableOfType(RejectedExecutionException.class, () -> view.execute(() -> {}));
    assertThat(rejected.getCause()).isInstanceOf(RefusedException.class);
    RefusedException cause = (RefusedException) rejected.getCause();
    assertThat(cause.reason()).isEqualTo(Refusal.WAITING_ROOM_FULL);
    assertThat(rejected).hasMessageContaining("WAITING_ROOM_FULL");
    release.countDown();
    assertThat(first.get()).isEqualTo("held");
    view.close();
    assertThatThrownBy(() -> view.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("shut down");
    assertThatThrownBy(() -> view.execute(null)).isInstanceOf(NullPointerException.class);
    job.close();
    assertThatThrownBy(() -> job.executor(agent, target).submit(() -> ""))
        .isInstanceOf(RejectedExecutionException.class)
        .hasRootCauseInstanceOf(RefusedException.class);
  }

  @Test
  void shutdownLetsWhatWasSubmittedRun() throws Exception {
    Future<String> running = view.submit(this::hold);
    Future<String> waiting = view.submit(() -> "waited");
    begun.await();
    view.shutdown();
    view.shutdown();
    assertThat(view.isShutdown()).isTrue();
    assertThat(view.isTerminated()).isFalse();
    assertThat(view.awaitTermination(0, TimeUnit.SECONDS)).isFalse();
    assertThat(view.awaitTermination(-1, TimeUnit.SECONDS)).isFalse();
    assertThat(view.awaitTermination(20, TimeUnit.MILLISECONDS)).isFalse();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> view.awaitTermination(1, TimeUnit.HOURS))
        .isInstanceOf(InterruptedException.class);
    release.countDown();
    assertThat(view.awaitTermination(Long.MAX_VALUE, TimeUnit.DAYS)).isTrue();
    assertThat(running.get()).isEqualTo("held");
    assertThat(waiting.get()).isEqualTo("waited");
  }

  @Test
  void shutdownNowAnswersWhatNeverBeganAndInterruptsWhatDid() throws Exception {
    Future<String> running = view.submit(this::hold);
    begun.await();
    var ran = new AtomicBoolean();
    Runnable never = () -> ran.set(true);
    view.execute(never);
    view.execute(never);
    assertThat(view.shutdownNow()).containsExactly(never, never);
    assertThat(interrupted.get()).isTrue();
    assertThat(view.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(running.get()).isEqualTo("interrupted");
    assertThat(view.shutdownNow()).isEmpty();
    Until.isTrue("its places are back", () -> headgate.snapshot().waiting() == 0);
    assertThat(ran).isFalse();
    assertThat(job.isOpen()).isTrue();
  }

  @Test
  void cancelOfAFuture() throws Exception {
    Future<String> running = view.submit(this::hold);
    begun.await();
    var ran = new AtomicBoolean();
    Future<?> waiting = view.submit(() -> ran.set(true));
    assertThat(waiting.cancel(false)).isTrue();
    assertThat(running.cancel(true)).isTrue();
    assertThat(interrupted.get()).isTrue();
    assertThatThrownBy(running::get).isInstanceOf(CancellationException.class);
    view.close();
    assertThat(ran).isFalse();
  }

  @Test
  void whatTheCommandThrowsIsItsFuturesAndStopsNothing() throws Exception {
    Future<?> failing =
        view.submit(
            () -> {
              throw new LinkageError("from a test");
            });
    assertThatThrownBy(failing::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(LinkageError.class);
    view.execute(
        () -> {
          throw new LinkageError("from a test");
        });
    assertThat(view.submit(() -> "next").get()).isEqualTo("next");
    view.close();
    assertThat(headgate.snapshot().outcomes()).containsEntry("Failed", 1L);
  }

  @Test
  void commandThatWillNeverRunHasACancelledFuture() throws Exception {
    Job hasty = headgate.job(j -> j.deadline(ofMillis(500)));
    Job closed = headgate.job(j -> j);
    Future<String> running = view.submit(this::hold);
    begun.await();
    var ran = new AtomicInteger();
    ExecutorService hastyView = hasty.executor(agent, target);
    Future<?> expires = hastyView.submit(ran::incrementAndGet);
    Future<?> cancelled = closed.executor(agent, target).submit(ran::incrementAndGet);
    closed.close();
    assertThatThrownBy(() -> cancelled.get(20, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
    assertThatThrownBy(() -> expires.get(20, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
    hastyView.shutdown();
    assertThat(hastyView.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    release.countDown();
    assertThat(running.get()).isEqualTo("held");
    assertThat(ran).hasValue(0);
  }

  @Test
  void terminationWaitsForADeafCommand() throws Exception {
    Job closed = headgate.job(j -> j);
    ExecutorService deafView = closed.executor(agent, target);
    Future<String> deaf =
        deafView.submit(
            () -> {
              begun.countDown();
              while (release.getCount() > 0) {
                try {
                  release.await();
                } catch (InterruptedException e) {
                  interrupted.complete(true);
                }
              }
              return "deaf";
            });
    begun.await();
    closed.close();
    assertThat(interrupted.get()).isTrue();
    deafView.shutdown();
    Until.isTrue("an overrun", () -> headgate.snapshot().overruns() == 1);
    assertThat(deafView.isTerminated()).isFalse();
    assertThat(deaf.isDone()).isFalse();
    release.countDown();
    assertThat(deafView.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(deaf.get()).isEqualTo("deaf");
  }

  @Test
  void closeWaitsAndAnInterruptedCloseHurries() throws Exception {
    view.execute(this::hold);
    begun.await();
    var wasInterrupted = new CompletableFuture<Boolean>();
    Thread closer =
        Thread.ofPlatform()
            .start(
                () -> {
                  view.close();
                  wasInterrupted.complete(Thread.currentThread().isInterrupted());
                });
    Until.isTrue("it waits", () -> closer.getState().name().endsWith("WAITING"));
    assertThat(interrupted.isDone()).isFalse();
    closer.interrupt();
    assertThat(wasInterrupted.get()).isTrue();
    assertThat(interrupted.get()).isTrue();
    assertThat(view.isTerminated()).isTrue();
  }

  @Test
  void shutdownNowRacesWithSubmittersAndReachesEveryCommand() throws Exception {
    for (int round = 0; round < 300; round++) {
      ExecutorService racing = job.executor(agent, target);
      var reached = new AtomicInteger();
      var accepted = new AtomicInteger();
      Runnable untilInterrupted =
          () -> {
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              reached.incrementAndGet();
            }
          };
      Thread submitter =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 4; i++) {
                      try {
                        racing.execute(untilInterrupted);
                        accepted.incrementAndGet();
                      } catch (RejectedExecutionException afterTheShutdown) {
                        return;
                      }
                    }
                  });
      while (round % 4 > accepted.get() && submitter.isAlive()) {
        Thread.onSpinWait();
      }
      int never = racing.shutdownNow().size();
      submitter.join();
      assertThat(racing.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertThat(reached.get() + never).isGreaterThanOrEqualTo(accepted.get());
    }
  }
}
