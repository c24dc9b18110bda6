package io.headgate;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the user's code throws: nothing stops, nothing is lost, no message is logged. */
@Timeout(60)
class UserErrorsTest {
  private static final String SECRET = "the prompt was: sk-secret";

  private final PrintStream systemErr = System.err;
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();

  /** As {@code ThreadDeath}: an error that is no fault of the machine. */
  private static final class Death extends Error {
    private static final long serialVersionUID = 1;

    Death() {
      super(SECRET);
    }
  }

  @AfterEach
  void restore() {
    System.setErr(systemErr);
  }

  private void captureLog() {
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
  }

  private String log() {
    return logged.toString(StandardCharsets.UTF_8);
  }

  private static <T extends @Nullable Object> Task<T> task(Headgate headgate, Call<T> call) {
    return Task.<T>of(
        headgate.agent("agent"),
        headgate.target(
            "tool",
            t ->
                t.tool()
                    .loopGuard(LoopPolicy.OFF)
                    .timeout(ofSeconds(50))
                    .breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF)),
        Estimate.of(10, 0),
        call);
  }

  private static Call<String> throwing(Throwable error) {
    return attempt -> {
      switch (error) {
        case Exception e -> throw e;
        case Error e -> throw e;
        default -> throw new AssertionError(error);
      }
    };
  }

  // One place and one permit: what a failure kept would stop the next one.
  private static Headgate.Builder narrow() {
    return Headgate.builder().maxInFlight(1).maxWaiting(1).patience(ofSeconds(5));
  }

  private static void assertNothingIsLost(Headgate headgate, Job last) {
    last.close();
    assertNothingIsLost(headgate);
  }

  private static void assertNothingIsLost(Headgate headgate) {
    assertThat(headgate.shutdown(ofSeconds(5))).isTrue();
    assertThat(headgate.audit()).isEqualTo(new Audit(true, List.of()));
    assertThat(headgate.counters().asMap()).containsEntry("ownErrors", 0L);
  }

  private static String completed(Headgate headgate, Job job) throws InterruptedException {
    return job.submitOrThrow(task(headgate, attempt -> "goes on")).join().valueOrNull();
  }

  // ---- calls

  @Test
  void whateverACallThrowsIsItsOutcome() throws Exception {
    captureLog();
    try (var headgate = narrow().build();
        var job = headgate.job(j -> j.maxTasks(1))) {
      List<Throwable> errors =
          List.of(
              new IllegalStateException(SECRET),
              new IOException(SECRET),
              new StackOverflowError(SECRET),
              new OutOfMemoryError(SECRET),
              new Death(),
              new AssertionError(SECRET),
              new InterruptedException(SECRET));
      for (Throwable error : errors) {
        assertThat(job.submitOrThrow(task(headgate, throwing(error))).join())
            .isEqualTo(new Outcome.Failed<>(error));
        assertThat(completed(headgate, job)).isEqualTo("goes on");
      }
      assertThat(headgate.snapshot().outcomes())
          .containsEntry("Failed", 7L)
          .containsEntry("Completed", 7L);
      assertThat(headgate.counters().asMap()).containsEntry("userErrors", 0L);
      assertNothingIsLost(headgate, job);
    }
    assertThat(log()).as("an outcome is no error of ours to log").isEmpty();
  }

  @Test
  void aStackThatReallyOverflowsIsAnOutcomeToo() throws Exception {
    try (var headgate = narrow().build();
        var job = headgate.job(j -> j)) {
      for (int i = 0; i < 20; i++) {
        Outcome<Integer> outcome =
            job.submitOrThrow(task(headgate, attempt -> deeper(attempt, 0))).join();
        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
        assertThat(((Outcome.Failed<Integer>) outcome).cause())
            .isInstanceOf(StackOverflowError.class);
      }
      assertThat(completed(headgate, job)).isEqualTo("goes on");
      assertNothingIsLost(headgate, job);
    }
  }

  @SuppressWarnings("InfiniteRecursion") // on purpose
  private static int deeper(Attempt attempt, int depth) {
    return attempt.number() + deeper(attempt, depth + 1);
  }

  @Test
  void nullIsAnAnswer() throws Exception {
    try (var headgate = narrow().build();
        var job = headgate.job(j -> j)) {
      Admitted<@Nullable String> handle =
          job.submitOrThrow(
              UserErrorsTest.<@Nullable String>task(headgate, (Attempt attempt) -> null));
      assertThat(handle.join()).isEqualTo(new Outcome.Completed<@Nullable String>(null));
      assertThat(handle.join().valueOrNull()).isNull();
      assertThat(handle.toCompletableFuture().get().valueOrNull()).isNull();
    }
  }

  // ---- closeables

  @Test
  void closeablesThatThrowAreCountedAndTheFirstOfAKindIsLogged() throws Exception {
    captureLog();
    try (var headgate = narrow().build();
        var job = headgate.job(j -> j)) {
      var begun = new Semaphore(0);
      for (int i = 0; i < 10; i++) {
        var closed = new CountDownLatch(1);
        Admitted<String> handle =
            job.submitOrThrow(
                task(
                    headgate,
                    attempt -> {
                      attempt.onCancel(
                          () -> {
                            throw new IOException(SECRET);
                          });
                      attempt.onCancel(
                          () -> {
                            throw new Death();
                          });
                      attempt.onCancel(
                          () -> {
                            throw new IllegalStateException(SECRET);
                          });
                      attempt.onCancel(closed::countDown);
                      begun.release();
                      closed.await();
                      return "";
                    }));
        begun.acquire();
        assertThat(handle.cancel()).isTrue();
        assertThat(handle.join()).isInstanceOf(Outcome.Cancelled.class);
        closed.await();
        assertThat(completed(headgate, job)).isEqualTo("goes on");
      }
      awaitUserErrors(headgate, 30);
      assertNothingIsLost(headgate, job);
    }
    assertThat(log()).doesNotContain(SECRET);
    assertThat(log().lines())
        .hasSize(3)
        .allMatch(line -> line.contains("a closeable threw"))
        .anyMatch(line -> line.contains("java.io.IOException"))
        .anyMatch(line -> line.contains("Death"))
        .anyMatch(line -> line.contains("java.lang.IllegalStateException"));
  }

  private static void awaitUserErrors(Headgate headgate, long expected) {
    long end = System.nanoTime() + ofSeconds(20).toNanos();
    while (headgate.counters().asMap().get("userErrors") < expected) {
      assertThat(System.nanoTime()).as("%s", headgate.counters().asMap()).isLessThan(end);
      Thread.onSpinWait();
    }
    assertThat(headgate.counters().asMap()).containsEntry("userErrors", expected);
  }

  @Test
  void closeablesThatBlockForEverHoldNothingUp() throws Exception {
    var forEver = new CountDownLatch(1);
    try (var headgate = Headgate.builder().maxInFlight(64).build();
        var job = headgate.job(j -> j)) {
      var begun = new Semaphore(0);
      var blocked = new Semaphore(0);
      var closed = new Semaphore(0);
      List<Admitted<String>> handles = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        handles.add(
            job.submitOrThrow(
                task(
                    headgate,
                    attempt -> {
                      attempt.onCancel(
                          () -> {
                            blocked.release();
                            Deaf.until(forEver);
                          });
                      attempt.onCancel(closed::release);
                      begun.release();
                      forEver.await();
                      return "";
                    })));
      }
      begun.acquire(40);
      handles.forEach(Admitted::cancel);
      for (Admitted<String> handle : handles) {
        assertThat(handle.join()).isInstanceOf(Outcome.Cancelled.class);
      }
      closed.acquire(40);
      blocked.acquire(40);
      assertThat(completed(headgate, job)).isEqualTo("goes on");
      CompletableFuture<String> dependent =
          job.submitOrThrow(task(headgate, attempt -> "seen"))
              .toCompletableFuture()
              .thenApply(Outcome::valueOrNull);
      assertThat(dependent.get()).isEqualTo("seen");
      assertNothingIsLost(headgate, job);
    } finally {
      forEver.countDown();
    }
  }

  // ---- dependents and listeners

  @Test
  void dependentsThatThrowOrBlockHoldNothingUp() throws Exception {
    captureLog();
    var forEver = new CountDownLatch(1);
    try (var headgate = Headgate.builder().maxInFlight(64).build();
        var job = headgate.job(j -> j)) {
      var go = new CountDownLatch(1);
      var blocked = new Semaphore(0);
      List<CompletableFuture<Void>> thrown = new ArrayList<>();
      List<Admitted<String>> handles = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Admitted<String> handle =
            job.submitOrThrow(
                task(
                    headgate,
                    attempt -> {
                      go.await();
                      return "";
                    }));
        handles.add(handle);
        thrown.add(
            handle
                .toCompletableFuture()
                .thenRun(
                    () -> {
                      throw new Death();
                    }));
        var _ =
            handle
                .toCompletableFuture()
                .thenRun(
                    () -> {
                      blocked.release();
                      Deaf.until(forEver);
                    });
      }
      go.countDown();
      for (Admitted<String> handle : handles) {
        assertThat(handle.join()).isInstanceOf(Outcome.Completed.class);
      }
      blocked.acquire(20);
      for (CompletableFuture<Void> each : thrown) {
        assertThatThrownBy(each::join).hasCauseInstanceOf(Death.class);
      }
      assertThat(completed(headgate, job)).isEqualTo("goes on");
      assertNothingIsLost(headgate, job);
    } finally {
      forEver.countDown();
    }
    assertThat(log()).doesNotContain(SECRET);
  }

  @Test
  void aListenerThatThrowsIsLoggedOnceWithoutItsMessage() throws Exception {
    captureLog();
    var headgate =
        narrow()
            .listener(
                (event, lost) -> {
                  throw new IllegalArgumentException(SECRET);
                })
            .build();
    try (headgate;
        var job = headgate.job(j -> j)) {
      for (int i = 0; i < 50; i++) {
        assertThat(completed(headgate, job)).isEqualTo("goes on");
      }
      assertNothingIsLost(headgate, job);
    }
    assertThat(headgate.counters().asMap()).containsEntry("userErrors", 53L);
    assertThat(log()).doesNotContain(SECRET);
    assertThat(log().lines())
        .singleElement()
        .asString()
        .contains("a listener threw java.lang.IllegalArgumentException");
  }

  @Test
  void loggingThatThrowsStopsNobody() throws Exception {
    System.setErr(
        new PrintStream(logged, true, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            throw new IllegalStateException("the disk is full");
          }
        });
    var heard = new Semaphore(0);
    try (var headgate =
            narrow()
                .listener(
                    (event, lost) -> {
                      heard.release();
                      throw new Death();
                    })
                .build();
        var job = headgate.job(j -> j)) {
      for (int i = 0; i < 10; i++) {
        assertThat(completed(headgate, job)).isEqualTo("goes on");
      }
      // The job's opening, ten ends, and that nobody reports what the calls use.
      heard.acquire(12);
      assertNothingIsLost(headgate, job);
      assertThat(headgate.counters().asMap()).containsEntry("userErrors", 13L);
    }
  }

  // ---- context carriers

  /** Throws, or answers null, while it is told to. */
  private static final class Faulty implements ContextCarrier {
    final AtomicBoolean on = new AtomicBoolean(true);
    private final @Nullable RuntimeException toThrow;

    Faulty(@Nullable RuntimeException toThrow) {
      this.toThrow = toThrow;
    }

    @Override
    @SuppressWarnings("NullAway") // a fault on purpose
    public <T extends @Nullable Object> Call<T> carry(Call<T> call) {
      if (!on.get()) {
        return call;
      }
      if (toThrow != null) {
        throw toThrow;
      }
      return null;
    }
  }

  @Test
  void aCarrierThatThrowsIsTheSubmittersAffairAndTakesNothing() throws Exception {
    var error = new IllegalStateException(SECRET);
    showNothingIsTaken(new Faulty(error), error::equals);
  }

  @Test
  void aCarrierThatAnswersNullIsToldSoAtOnce() throws Exception {
    showNothingIsTaken(
        new Faulty(null),
        thrown ->
            thrown instanceof NullPointerException
                && thrown.getMessage().contains("contextCarrier answered null"));
  }

  private static void showNothingIsTaken(
      Faulty carrier, java.util.function.Predicate<Throwable> expected) throws Exception {
    try (var headgate =
            narrow().tokensPerMinute(1).burstTokens(10).contextCarrier(carrier).build();
        var job = headgate.job(j -> j.tokenBudget(10).maxTasks(1))) {
      for (int i = 0; i < 100; i++) {
        assertThatThrownBy(() -> job.submit(task(headgate, attempt -> ""))).matches(expected);
      }
      assertThat(job.remainingTokens()).isEqualTo(10);
      assertThat(headgate.snapshot().admitted()).isZero();
      assertThat(headgate.snapshot().refusals()).isEmpty();
      carrier.on.set(false);
      // Needs the one place, the whole bucket and the whole budget.
      assertThat(completed(headgate, job)).isEqualTo("goes on");
      assertNothingIsLost(headgate, job);
    }
  }

  // ---- settings

  private static <S> S fails(S settings) {
    throw new IllegalStateException(SECRET);
  }

  @SuppressWarnings("NullAway") // a fault on purpose
  private static <S> S answersNull(S settings) {
    return null;
  }

  @Test
  void settingsFunctionsThatThrowOrAnswerNullTakeNoPlace() throws Exception {
    try (var headgate = narrow().maxAgents(1).maxTargets(1).maxJobs(2).build()) {
      for (int i = 0; i < 10; i++) {
        String id = "id-" + i;
        assertThatThrownBy(() -> headgate.agent(id, UserErrorsTest::fails)).hasMessage(SECRET);
        assertThatThrownBy(() -> headgate.target(id, UserErrorsTest::fails)).hasMessage(SECRET);
        assertThatThrownBy(() -> headgate.job(id, UserErrorsTest::fails)).hasMessage(SECRET);
        assertThatThrownBy(() -> headgate.job(UserErrorsTest::fails)).hasMessage(SECRET);
        assertNamesTheMend("agent", () -> headgate.agent(id, UserErrorsTest::answersNull));
        assertNamesTheMend("target", () -> headgate.target(id, UserErrorsTest::answersNull));
        assertNamesTheMend("job", () -> headgate.job(id, UserErrorsTest::answersNull));
        assertNamesTheMend("job", () -> headgate.job(UserErrorsTest::answersNull));
      }
      Agent agent = headgate.agent("agent", a -> a.maxInFlight(1));
      Target target =
          headgate.target(
              "tool",
              t ->
                  t.tool()
                      .loopGuard(LoopPolicy.OFF)
                      .timeout(ofSeconds(50))
                      .breaker(BreakerPolicy.OFF)
                      .agentBreaker(BreakerPolicy.OFF));
      try (var job = headgate.job("job", j -> j.tokenBudget(100))) {
        assertThat(job.isOpen()).isTrue();
        assertThatThrownBy(() -> job.split("sub", UserErrorsTest::fails)).hasMessage(SECRET);
        assertNamesTheMend("sub-job", () -> job.split("sub", UserErrorsTest::answersNull));
        assertThat(job.remainingTokens()).isEqualTo(100);
        try (var sub = job.split("sub", j -> j.tokenBudget(100))) {
          assertThat(sub.remainingTokens()).isEqualTo(100);
        }
        AgentSettings ofAgent = agent.settings();
        TargetSettings ofTarget = target.settings();
        assertThatThrownBy(() -> agent.reconfigure(UserErrorsTest::fails)).hasMessage(SECRET);
        assertThatThrownBy(() -> target.reconfigure(UserErrorsTest::fails)).hasMessage(SECRET);
        assertNamesTheMend("agent", () -> agent.reconfigure(UserErrorsTest::answersNull));
        assertNamesTheMend("target", () -> target.reconfigure(UserErrorsTest::answersNull));
        assertThat(agent.settings()).isEqualTo(ofAgent);
        assertThat(target.settings()).isEqualTo(ofTarget);
        Task<String> good = Task.<String>of(agent, target, attempt -> "goes on").ttl(ofSeconds(30));
        assertThat(job.submitOrThrow(good).join()).isEqualTo(new Outcome.Completed<>("goes on"));
      }
      assertNothingIsLost(headgate);
    }
  }

  private static void assertNamesTheMend(
      String what, org.assertj.core.api.ThrowableAssert.ThrowingCallable deed) {
    assertThatThrownBy(deed)
        .isInstanceOf(NullPointerException.class)
        .hasMessageStartingWith(what + "'s settings function answered null; let it answer");
  }
}
