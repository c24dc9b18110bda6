package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.AgentSettings;
import io.headgate.By;
import io.headgate.Codec;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.ParkReason;
import io.headgate.Recovery;
import io.headgate.Recovery.Fate;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.SpendingLimits;
import io.headgate.Target;
import io.headgate.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Headgate on a folder with a past. What a crash leaves is the folder as it is at that moment: a
 * copy of it, made while its writer goes on.
 */
@Timeout(120)
class RecoveryTest {
  private static final Estimate ESTIMATE = Estimate.of(100, 200);
  private static final long HELD = 300;

  @TempDir Path folders;

  private final BlockingQueue<String> made = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> keys = new LinkedBlockingQueue<>();
  private final CountDownLatch never = new CountDownLatch(1);
  private final Handler<String, String> hangs =
      Handler.of(
              "ask",
              Codec.UTF_8,
              (attempt, question) -> {
                made.add(question);
                keys.add(attempt.idempotencyKey());
                never.await();
                return "too late";
              })
          .payload(Handler.Payload.FULL);
  private final Handler<String, String> answers =
      Handler.of(
              "ask",
              Codec.UTF_8,
              (attempt, question) -> {
                made.add(question);
                keys.add(attempt.idempotencyKey());
                attempt.usage(10, 20);
                return "re: " + question;
              })
          .payload(Handler.Payload.FULL);

  private Headgate before;
  private Agent agent;
  private Target target;

  @BeforeEach
  void begin() {
    before = headgate(folders.resolve("before"), hangs);
  }

  @AfterEach
  void end() {
    boolean _ = before.shutdown(Duration.ZERO);
  }

  private Headgate headgate(Path folder, Handler<?, ?>... handlers) {
    Headgate.Builder builder =
        Headgate.builder().journal(FolderJournal.in(folder, Durability.WRITE_AHEAD));
    for (Handler<?, ?> each : handlers) {
      builder = builder.handler(each);
    }
    Headgate headgate = builder.build();
    agent = headgate.agent("agent");
    target = headgate.target("model", t -> t.maxInFlight(1));
    return headgate;
  }

  private <T> Admitted<T> submit(Job job, Task<T> task) throws Exception {
    Admitted<T> handle = job.submitOrThrow(task);
    handle.durable().get(10, TimeUnit.SECONDS);
    return handle;
  }

  private Task<String> ask(String question) {
    return Task.of(agent, target, ESTIMATE, hangs.call(question));
  }

  /** As kill -9 would leave it. */
  private Path crash(String name) throws IOException {
    Path copy = Files.createDirectory(folders.resolve(name));
    try (Stream<Path> files = Files.list(folders.resolve("before"))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private static List<Fate> fates(Recovery recovery) {
    return recovery.tasks().stream().map(Recovery.RecoveredTask::fate).toList();
  }

  private static String answer(Recovery recovery, int task) throws InterruptedException {
    Outcome<?> outcome = recovery.tasks().get(task).handle().orElseThrow().join();
    assertThat(outcome).isInstanceOf(Outcome.Completed.class);
    return String.valueOf(((Outcome.Completed<?>) outcome).value());
  }

  private static void assertVerifies(Path folder) {
    assertThat(Verification.of(folder).isSound()).isTrue();
  }

  private String next() throws InterruptedException {
    return made.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void whatWaitsWaitsAgainAndWhatMayBeMadeAgainIs() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    submit(job, ask("one"));
    submit(job, ask("two"));
    submit(job, ask("three"));
    assertThat(next()).isEqualTo("one");
    String key = keys.take();

    Path folder = crash("after");
    try (Headgate after = headgate(folder, answers.idempotent(true))) {
      Recovery recovery = after.recover();
      assertThat(fates(recovery)).containsExactly(Fate.RUNS_AGAIN, Fate.WAITS, Fate.WAITS);
      assertThat(recovery.jobs()).isEqualTo(1);
      assertThat(answer(recovery, 0)).isEqualTo("re: one");
      assertThat(answer(recovery, 1)).isEqualTo("re: two");
      assertThat(answer(recovery, 2)).isEqualTo("re: three");
      assertThat(keys.take()).isEqualTo(key);
      assertThat(keys.take()).isNotEqualTo(key);
      Job again = after.job("job", j -> j.tokenBudget(10_000));
      // What was in doubt is spent as if it had been used.
      assertThat(again.spending().tokensSpent()).isEqualTo(HELD + 3 * 30);
      assertThat(after.recover()).isSameAs(recovery);
      assertThat(after.audit().violations()).isEmpty();
    }
    assertVerifies(folder);
  }

  @Test
  void whatMustNotBeMadeTwiceIsParked() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    submit(job, ask("one"));
    assertThat(next()).isEqualTo("one");

    Path folder = crash("after");
    try (Headgate after = headgate(folder, answers)) {
      Recovery recovery = after.recover();
      assertThat(fates(recovery)).containsExactly(Fate.PARKED);
      var parked = after.operator().parked();
      assertThat(parked).hasSize(1);
      assertThat(parked.getFirst().reason()).isEqualTo(ParkReason.IN_DOUBT);
      assertThat(made).isEmpty();
      var _ = after.operator().approve(parked.getFirst().taskId(), new By("me", "it may"));
      assertThat(answer(recovery, 0)).isEqualTo("re: one");
    }
    assertVerifies(folder);
  }

  @Test
  void orEndsInDoubt() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    submit(job, ask("one"));
    assertThat(next()).isEqualTo("one");

    Path folder = crash("after");
    try (Headgate after = headgate(folder, answers.inDoubt(Handler.InDoubt.END))) {
      assertThat(fates(after.recover())).containsExactly(Fate.IN_DOUBT);
      assertThat(after.job("job", j -> j.tokenBudget(10_000)).remainingTokens())
          .isEqualTo(10_000 - HELD);
    }
    // It was said once.
    try (Headgate later = headgate(folder, answers)) {
      assertThat(later.recover().tasks()).isEmpty();
      assertThat(later.job("job", j -> j.tokenBudget(10_000)).remainingTokens())
          .isEqualTo(10_000 - HELD);
    }
    assertVerifies(folder);
  }

  @Test
  void whatCannotComeBackIsLost() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    submit(job, Task.of(agent, target, ESTIMATE, attempt -> "bare").ephemeral()).join();
    submit(job, ask("one"));
    assertThat(next()).isEqualTo("one");
    submit(job, Task.of(agent, target, ESTIMATE, attempt -> "bare").ephemeral());
    submit(job, ask("two"));

    Path folder = crash("after");
    try (Headgate after = headgate(folder)) {
      Recovery recovery = after.recover();
      assertThat(fates(recovery)).containsExactly(Fate.IN_DOUBT, Fate.LOST, Fate.LOST);
      assertThat(recovery.tasks().get(1).handler()).isEmpty();
      assertThat(recovery.tasks().get(2).handler()).contains("ask");
      Job again = after.job("job", j -> j.tokenBudget(10_000));
      // The first call told nobody what it used, nor could the second.
      assertThat(again.remainingTokens()).isEqualTo(10_000 - 2 * HELD);
      assertThat(again.spending().tokensReserved()).isZero();
    }
    assertVerifies(folder);
  }

  @Test
  void bareCallsAreRefusedUnlessTheyMayBeLost() throws Exception {
    Job job = before.job(j -> j.tokenBudget(10_000));
    Task<String> bare = Task.of(agent, target, ESTIMATE, attempt -> "bare");
    assertThat(reason(job.submit(bare))).isEqualTo(Refusal.NOT_RECOVERABLE);
    assertThat(job.submit(bare.ephemeral())).isInstanceOf(Admitted.class);
    assertThatThrownBy(
            () ->
                job.submit(
                    Task.of(
                        agent,
                        target,
                        ESTIMATE,
                        Handler.of("other", Codec.UTF_8, (attempt, text) -> text)
                            .payload(Handler.Payload.FULL)
                            .call("x"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("handler other is not registered");
  }

  private static Refusal reason(Admission<?> admission) {
    return ((Refused<?>) admission).reason();
  }

  @Test
  void aCrashBeforeOrDuringRecoveryLosesNothing() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    submit(job, ask("one"));
    submit(job, ask("two"));
    assertThat(next()).isEqualTo("one");

    Path folder = crash("after");
    // Built, and gone before anybody asked for the rest.
    assertThat(headgate(folder, hangs.idempotent(true)).shutdown(Duration.ZERO)).isTrue();
    try (Headgate after = headgate(folder, answers.idempotent(true))) {
      Recovery recovery = after.recover();
      assertThat(fates(recovery)).containsExactly(Fate.RUNS_AGAIN, Fate.WAITS);
      assertThat(answer(recovery, 0)).isEqualTo("re: one");
      assertThat(answer(recovery, 1)).isEqualTo("re: two");
      assertThat(after.job("job", j -> j.tokenBudget(10_000)).spending().tokensSpent())
          .isEqualTo(HELD + 2 * 30);
    }
    try (Headgate later = headgate(folder, answers.idempotent(true))) {
      assertThat(later.recover().tasks()).isEmpty();
    }
    assertVerifies(folder);
  }

  @Test
  void whatWasSpentIsSpentAndWhatWasClosedIsClosed() throws Exception {
    Path folder = folders.resolve("other");
    try (Headgate first = headgate(folder, answers)) {
      Job open = first.job("open", j -> j.tokenBudget(1_000).maxCalls(2));
      Job closed = first.job("closed", j -> j.tokenBudget(1_000));
      Job part = open.split("part", j -> j.tokenBudget(400));
      submit(open, Task.of(agent, target, ESTIMATE, answers.call("one"))).join();
      submit(closed, Task.of(agent, target, ESTIMATE, answers.call("two"))).join();
      submit(part, Task.of(agent, target, ESTIMATE, answers.call("three"))).join();
      closed.close();
    }
    try (Headgate second = headgate(folder, answers)) {
      assertThat(second.job("closed", j -> j.tokenBudget(1_000)).isOpen()).isFalse();
      Job open = second.job("open", j -> j.tokenBudget(1_000).maxCalls(2));
      assertThat(open.remainingTokens()).isEqualTo(1_000 - 30 - 400);
      Job part = open.split("part", j -> j.tokenBudget(400));
      assertThat(part.remainingTokens()).isEqualTo(400 - 30);
      assertThat(reason(open.submit(Task.of(agent, target, ESTIMATE, answers.call("four")))))
          .isEqualTo(Refusal.JOB_CALLS);
      part.close();
      assertThat(second.audit().violations()).isEmpty();
      assertThat(open.remainingTokens()).isEqualTo(1_000 - 60);
    }
    assertVerifies(folder);
  }

  @Test
  void limitsOfAgentsAndOfAllAreUsedAsTheyWere() throws Exception {
    Path folder = folders.resolve("other");
    UnaryOperator<AgentSettings> limited =
        a ->
            a.spending(SpendingLimits.NONE.tokens(1_000)).tokensPerMinute(1_000).burstTokens(1_000);
    try (Headgate first = limited(folder)) {
      Agent spender = first.agent("spender", limited);
      Job job = first.job("job", j -> j.tokenBudget(10_000));
      for (int i = 0; i < 3; i++) {
        submit(job, Task.of(spender, target, ESTIMATE, answers.call("" + i))).join();
      }
      submit(job, Task.of(agent, target, ESTIMATE, answers.call("other"))).join();
    }
    try (Headgate second = limited(folder)) {
      Agent spender = second.agent("spender", limited);
      Job job = second.job("job", j -> j.tokenBudget(10_000));
      // 90 of its 1,000 tokens are spent, and not all of them have come back into its bucket.
      assertThat(reason(job.submit(of(spender, 911)))).isEqualTo(Refusal.AGENT_TOKEN_LIMIT);
      assertThat(reason(job.submit(of(agent, 4_881)))).isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
      assertThat(job.submit(of(agent, 1_000))).isInstanceOf(Admitted.class);
    }
    assertVerifies(folder);
  }

  private Headgate limited(Path folder) {
    Headgate headgate =
        Headgate.builder()
            .settings(HeadgateSettings.DEFAULT.spending(SpendingLimits.NONE.tokens(5_000)))
            .journal(FolderJournal.in(folder, Durability.WRITE_AHEAD))
            .handler(answers)
            .build();
    agent = headgate.agent("agent");
    target = headgate.target("model", t -> t.maxInFlight(1));
    return headgate;
  }

  private Task<String> of(Agent who, long tokens) {
    return Task.of(who, target, Estimate.of(tokens, 0), answers.call("more"));
  }

  @Test
  void aLoopGoesOnWhereItWas() throws Exception {
    Path folder = folders.resolve("other");
    try (Headgate first = headgate(folder, answers)) {
      Target tool = first.target("tool", t -> t.tool());
      Job job = first.job("job", j -> j);
      submit(job, search(tool)).join();
      submit(job, search(tool)).join();
    }
    for (Refusal expected : new Refusal[] {null, Refusal.LOOP}) {
      try (Headgate next = headgate(folder, answers)) {
        Target tool = next.target("tool", t -> t.tool());
        Admission<String> third = next.job("job", j -> j).submit(search(tool));
        if (expected == null) {
          var _ = ((Admitted<String>) third).join();
        } else {
          assertThat(reason(third)).isEqualTo(expected);
        }
      }
    }
    assertVerifies(folder);
  }

  private Task<String> search(Target tool) {
    return Task.of(agent, tool, answers.call("search")).arguments(4711);
  }
}
