package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.AgentSettings;
import io.headgate.Attempt;
import io.headgate.By;
import io.headgate.Codec;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.JobSettings;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
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
    return crashOf(folders.resolve("before"), name);
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

  @Test
  void thatIsOnRecordAsEachRefusalIs() throws Exception {
    Path folder = folders.resolve("other");
    try (Headgate other =
        Headgate.builder()
            .journal(
                FolderJournal.in(
                    folder, s -> s.durability(Durability.WRITE_AHEAD).eachRefusal(true)))
            .build()) {
      Task<String> bare = Task.of(other.agent("a"), other.target("t"), attempt -> "bare");
      assertThat(reason(other.job("job", j -> j).submit(bare))).isEqualTo(Refusal.NOT_RECOVERABLE);
    }
    List<String> told = new ArrayList<>();
    Narrator.tell(
        folder,
        happening -> {
          if (happening.kind() == Happening.Kind.REFUSED) {
            told.add(happening.job() + " " + happening.more().get("reason"));
          }
          return true;
        });
    assertThat(told).containsExactly("job NOT_RECOVERABLE");
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
    UnaryOperator<AgentSettings> limited = a -> a.spending(SpendingLimits.NONE.tokens(1_000));
    UnaryOperator<AgentSettings> slow = a -> a.tokensPerMinute(10).burstTokens(1_000);
    try (Headgate first = limited(folder)) {
      Agent spender = first.agent("spender", limited);
      Job job = first.job("job", j -> j.tokenBudget(10_000));
      for (int i = 0; i < 3; i++) {
        submit(job, Task.of(spender, target, ESTIMATE, answers.call("" + i))).join();
      }
      Agent paced = first.agent("paced", slow);
      submit(job, Task.of(paced, target, ESTIMATE, answers.call("other"))).join();
    }
    try (Headgate second = limited(folder)) {
      Agent spender = second.agent("spender", limited);
      Job job = second.job("job", j -> j.tokenBudget(10_000));
      assertThat(reason(job.submit(of(spender, 911)))).isEqualTo(Refusal.AGENT_TOKEN_LIMIT);
      assertThat(reason(job.submit(of(agent, 4_881)))).isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
      // Its bucket needs three minutes for what it used.
      Agent paced = second.agent("paced", slow);
      assertThat(reason(job.submit(of(paced, 1_000)))).isEqualTo(Refusal.AGENT_RATE);
      assertThat(job.submit(of(paced, 900))).isInstanceOf(Admitted.class);
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
  void whatAPartHadSpentItsJobHasSpentIfThePartIsGone() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(1_000));
    submit(job.split("part", j -> j.tokenBudget(400)), ask("one"));
    assertThat(next()).isEqualTo("one");

    Path folder = crash("after");
    Headgate.Builder small =
        Headgate.builder()
            .settings(HeadgateSettings.DEFAULT.maxJobs(1))
            .journal(FolderJournal.in(folder, Durability.WRITE_AHEAD));
    try (Headgate after = small.build()) {
      assertThat(after.job("job", j -> j.tokenBudget(1_000)).remainingTokens())
          .isEqualTo(1_000 - HELD);
      assertThat(after.audit().violations()).isEmpty();
    }
    assertVerifies(folder);
  }

  @Test
  void whatAPartHadSpentIsSpentOnceIfTheNextCrashComesBeforeRecovery() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(1_000));
    submit(job.split("part", j -> j.tokenBudget(400)), ask("one"));
    assertThat(next()).isEqualTo("one");
    Path folder = crash("after");
    Path early;
    Path late;
    try (Headgate after = withRoomForOne(folder)) {
      early = crashOf(folder, "early"); // nobody is registered yet
      register(after);
      submit(after.job("job", j -> j.tokenBudget(1_000)), ask("two"));
      assertThat(next()).isEqualTo("two");
      late = crashOf(folder, "late");
    }
    try (Headgate last = withRoomForOne(early)) {
      assertThat(last.job("job", j -> j.tokenBudget(1_000)).remainingTokens())
          .isEqualTo(1_000 - HELD);
    }
    try (Headgate last = withRoomForOne(late)) {
      assertThat(last.job("job", j -> j.tokenBudget(1_000)).remainingTokens())
          .isEqualTo(1_000 - 2 * HELD);
    }
  }

  private Headgate withRoomForOne(Path folder) {
    return Headgate.builder()
        .settings(HeadgateSettings.DEFAULT.maxJobs(1))
        .journal(FolderJournal.in(folder, Durability.WRITE_AHEAD))
        .handler(hangs)
        .build();
  }

  private void register(Headgate with) {
    agent = with.agent("agent");
    target = with.target("model", t -> t.maxInFlight(1));
  }

  @Test
  void aJobForWhichThereIsNoRoomKeepsItsIdShut() throws Exception {
    submit(before.job("one", j -> j.tokenBudget(1_000)), ask("one"));
    assertThat(next()).isEqualTo("one");
    Job two = before.job("two", j -> j.tokenBudget(1_000));
    target.reconfigure(t -> t.maxInFlight(2));
    submit(two.split("part", j -> j.tokenBudget(400)), ask("two"));
    assertThat(next()).isEqualTo("two");
    Path folder = crash("after");
    try (Headgate after = withRoomForOne(folder)) {
      register(after);
      assertThat(fates(after.recover())).containsExactly(Fate.PARKED, Fate.IN_DOUBT);
    }
    try (Headgate last = headgate(folder, answers)) {
      assertThat(last.job("one", j -> j.tokenBudget(1_000)).isOpen()).isTrue();
      assertThat(last.job("two", j -> j.tokenBudget(1_000)).isOpen()).isFalse();
    }
    assertVerifies(folder);
  }

  @Test
  void aPartOfAClosedJobIsClosedThoughItIsShutDownMeanwhile() throws Exception {
    Path folder = folders.resolve("other");
    try (Headgate first = headgate(folder, hangs)) {
      Job job = first.job("job", j -> j.tokenBudget(1_000));
      submit(job.split("part", j -> j.tokenBudget(400)), ask("one"));
      assertThat(next()).isEqualTo("one");
      job.close();
      assertThat(first.shutdown(Duration.ZERO)).isTrue();
    }
    try (var past = JournalReader.of(folder)) {
      var fold = new PastFold();
      while (past.next()) {
        fold.apply(past.buffer(), past.offset());
      }
      assertThat(fold.past().jobs()).isEmpty();
    }
  }

  @Test
  void whatWaitedInAJobThatIsOverIsKnownThroughAnImageToo() throws Exception {
    submit(before.job("job", j -> j), ask("why?"));
    assertThat(next()).isEqualTo("why?");
    Path folder = crash("after");
    try (Headgate after = headgate(folder, hangs)) {
      after.job("job", j -> j).close();
    }
    var fold = new PastFold();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.next()) {
        fold.apply(reader.buffer(), reader.offset());
      }
      assertThat(PastFold.of(fold.image(reader.sequence())).past().tasks()).hasSize(1);
    }
    assertThat(fold.past().tasks()).hasSize(1);
  }

  @Test
  void aPartComesBackWhenWhatItsJobKeepsForWrappingUpIsInUse() throws Exception {
    UnaryOperator<JobSettings> asked = j -> j.tokenBudget(1_000).wrapUpPercent(40);
    Job job = before.job("job", asked);
    Job part = job.split("part", j -> j.tokenBudget(600));
    submit(part, ask("one"));
    assertThat(next()).isEqualTo("one");
    submit(job, ask("two").wrapUp());

    Path folder = crash("after");
    try (Headgate after = headgate(folder, answers.idempotent(true))) {
      Recovery recovery = after.recover();
      assertThat(fates(recovery)).containsExactly(Fate.RUNS_AGAIN, Fate.WAITS);
      assertThat(recovery.tasks().get(0).handle().orElseThrow().join()).isNotNull();
      assertThat(recovery.tasks().get(1).handle().orElseThrow().join()).isNotNull();
    }
    try (Headgate later = headgate(folder, answers)) {
      Job of = later.job("job", asked);
      assertThat(of.split("part", j -> j.tokenBudget(600)).remainingTokens())
          .isEqualTo(600 - HELD - 30);
      assertThat(of.remainingTokens()).isEqualTo(400 - 30);
    }
    assertVerifies(folder);
  }

  @Test
  void whatWaitsHasBeenCountedAmongItsJobsCalls() throws Exception {
    UnaryOperator<JobSettings> asked = j -> j.tokenBudget(10_000).maxCalls(3);
    Job job = before.job("job", asked);
    submit(job, ask("one"));
    submit(job, ask("two"));
    assertThat(next()).isEqualTo("one");

    Path folder = crash("after");
    try (Headgate after = headgate(folder, answers.idempotent(true))) {
      Recovery recovery = after.recover();
      assertThat(fates(recovery)).containsExactly(Fate.RUNS_AGAIN, Fate.WAITS);
      assertThat(answer(recovery, 0)).isEqualTo("re: one");
      assertThat(answer(recovery, 1)).isEqualTo("re: two");
      assertThat(reason(after.job("job", asked).submit(ask2()))).isEqualTo(Refusal.JOB_CALLS);
    }
    assertVerifies(folder);
  }

  private Task<String> ask2() {
    return Task.of(agent, target, ESTIMATE, attempt -> "x").ephemeral();
  }

  @Test
  void aJobIsKnownByWhatItWasOpenedWithAfterAnyNumberOfCrashes() throws Exception {
    UnaryOperator<JobSettings> asked = j -> j.tokenBudget(1_000);
    Path folder = folders.resolve("other");
    try (Headgate first = headgate(folder, answers)) {
      assertThat(first.job("job", asked).isOpen()).isTrue();
      var _ = first.operator().tokenBudget("job", 1_500, new By("me", "more"));
    }
    for (int i = 0; i < 3; i++) {
      try (Headgate later = headgate(folder, answers)) {
        assertThat(later.job("job", asked).remainingTokens()).isEqualTo(1_500);
      }
    }
    assertVerifies(folder);
  }

  @Test
  void nobodyIsHandedAJobWithoutAnIdOfBefore() throws Exception {
    Job job = before.job(j -> j.tokenBudget(1_000));
    submit(job, ask("one"));
    assertThat(next()).isEqualTo("one");
    Path folder = crash("after");
    try (Headgate after = headgate(folder, answers)) {
      Job another = after.job(j -> j.tokenBudget(1_000));
      assertThat(another.id()).isNotEqualTo(job.id());
      assertThat(another.remainingTokens()).isEqualTo(1_000);
      assertThat(after.job(j -> j.tokenBudget(2_000)).remainingTokens()).isEqualTo(2_000);
    }
    assertVerifies(folder);
  }

  @Test
  void whatIsParkedInDoubtIsInDoubtAfterAnotherCrash() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    submit(job, ask("one"));
    assertThat(next()).isEqualTo("one");

    Path folder = crash("after");
    Headgate after = headgate(folder, hangs);
    assertThat(fates(after.recover())).containsExactly(Fate.PARKED);
    after.recover().tasks().getFirst().handle().orElseThrow().durable().get(10, TimeUnit.SECONDS);
    Path again = crashOf(folder, "again");
    assertThat(after.shutdown(Duration.ZERO)).isTrue();
    try (Headgate later = headgate(again, answers)) {
      assertThat(fates(later.recover())).containsExactly(Fate.PARKED);
      assertThat(made).isEmpty();
    }
    assertVerifies(again);
  }

  private Path crashOf(Path from, String name) throws IOException {
    return CrashedFolder.of(from, folders.resolve(name));
  }

  @Test
  void aTaskThatIsNoLongerAllowedIsLostAndNoOtherIsSubmittedTwice() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    Target other = before.target("other", t -> t.maxInFlight(1));
    submit(job, ask("zero"));
    assertThat(next()).isEqualTo("zero");
    submit(job, ask("one"));
    submit(job, Task.of(agent, other, ESTIMATE, hangs.call("other")));
    assertThat(next()).isEqualTo("other");
    submit(job, Task.of(agent, other, ESTIMATE, hangs.call("other two")));

    Path folder = crash("after");
    try (Headgate after = headgate(folder, answers.idempotent(true))) {
      Target _ = after.target("other", t -> t.tool());
      Recovery recovery = after.recover();
      assertThat(fates(recovery))
          .containsExactly(Fate.RUNS_AGAIN, Fate.WAITS, Fate.IN_DOUBT, Fate.LOST);
    }
    assertVerifies(folder);
  }

  @Test
  void manyTasksWithLargeArgumentsAllComeBack() throws Exception {
    Job job = before.job("job", j -> j.maxTasks(3_000));
    String large = "x".repeat(20_000);
    Admitted<String> last = null;
    int n = 0;
    long until = System.nanoTime() + 60_000_000_000L;
    while (n < 1_500 && System.nanoTime() < until) {
      if (job.submit(ask(large + n)) instanceof Admitted<String> handle) {
        n++;
        last = handle;
      } else {
        Thread.onSpinWait();
      }
    }
    last.durable().get(30, TimeUnit.SECONDS);
    assertThat(n).isEqualTo(1_500);

    Path folder = crash("after");
    try (Headgate after = headgate(folder, hangs.idempotent(true))) {
      Recovery recovery = after.recover();
      assertThat(recovery.count(Fate.RUNS_AGAIN)).isEqualTo(1);
      assertThat(recovery.count(Fate.WAITS)).isEqualTo(n - 1);
      after.shutdown(Duration.ZERO);
    }
    assertVerifies(folder);
  }

  @Test
  void aFullWaitingRoomComesBackWhole() throws Exception {
    HeadgateSettings tight = HeadgateSettings.DEFAULT.maxWaiting(8).maxInFlight(8);
    Path from = folders.resolve("tight");
    Headgate first =
        Headgate.builder()
            .settings(tight)
            .journal(FolderJournal.in(from, Durability.WRITE_AHEAD))
            .handler(hangs)
            .build();
    agent = first.agent("agent");
    target = first.target("model", t -> t.maxInFlight(8));
    Job job = first.job("job", j -> j.tokenBudget(100_000));
    for (int i = 0; i < 8; i++) {
      submit(job, ask("" + i));
      next();
    }
    int waiting = 0;
    while (job.submit(ask("w" + waiting)) instanceof Admitted<String> handle) {
      handle.durable().get(10, TimeUnit.SECONDS);
      waiting++;
    }
    Path folder = crashOf(from, "after");
    Handler<String, String> again = hangs.idempotent(true);
    try (Headgate after =
        Headgate.builder()
            .settings(tight)
            .journal(FolderJournal.in(folder, Durability.WRITE_AHEAD))
            .handler(again)
            .build()) {
      agent = after.agent("agent");
      target = after.target("model", t -> t.maxInFlight(8));
      Recovery recovery = after.recover();
      assertThat(recovery.count(Fate.RUNS_AGAIN)).isEqualTo(8);
      assertThat(recovery.count(Fate.WAITS)).isEqualTo(waiting);
      after.shutdown(Duration.ZERO);
    }
    first.shutdown(Duration.ZERO);
    assertVerifies(folder);
  }

  @Test
  void aJobThatWasClosedWithItsPartsIsRemembered() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    Handler<String, String> deaf =
        Handler.of(
                "deaf",
                Codec.UTF_8,
                (attempt, question) -> {
                  made.add(question);
                  while (end.getCount() > 0) {
                    Thread.onSpinWait();
                  }
                  return "late";
                })
            .payload(Handler.Payload.FULL);
    Path from = folders.resolve("deaf");
    try (Headgate first = headgate(from, deaf)) {
      Job job = first.job("job", j -> j.tokenBudget(1_000));
      Job part = job.split("part", j -> j.tokenBudget(400));
      submit(part, Task.of(agent, target, ESTIMATE, deaf.call("one")));
      assertThat(next()).isEqualTo("one");
      job.close();
      // Its record is there when that of what came after is. The deaf call shuts its own target.
      Target other = first.target("other");
      submit(
          first.job("other", j -> j.tokenBudget(1_000)),
          Task.of(agent, other, ESTIMATE, deaf.call("two")));
      Path folder = crashOf(from, "after");
      end.countDown();
      try (Headgate after = headgate(folder, answers)) {
        assertThat(after.job("job", j -> j.tokenBudget(1_000)).isOpen()).isFalse();
      }
      assertVerifies(folder);
    }
  }

  @Test
  void thousandsOfJobsAreOpenAgain() throws Exception {
    Path folder = folders.resolve("many");
    int n = 4_000;
    HeadgateSettings large = HeadgateSettings.DEFAULT.maxJobs(n);
    for (int run = 0; run < 2; run++) {
      try (Headgate first =
          Headgate.builder()
              .settings(large)
              .journal(FolderJournal.in(folder))
              .handler(answers)
              .build()) {
        for (int i = 0; i < n; i++) {
          String id = "job-" + i;
          int tokens = 1_000 + i;
          while (!first.job(id, j -> j.tokenBudget(tokens)).isOpen()) {
            Thread.onSpinWait();
          }
        }
      }
    }
    assertVerifies(folder);
  }

  /**
   * A part's overspend closes it and its job at once; that it is closed is heard once more then.
   */
  @Test
  void aJobThatIsClosedWhenItIsGoneDoesNotKeepAHeadgateFromItsFolder() throws Exception {
    Path folder = folders.resolve("other");
    Handler<String, Boolean> spends =
        Handler.of("spends", Codec.UTF_8, (attempt, question) -> spend(attempt, 5_000))
            .payload(Handler.Payload.FULL);
    try (Headgate first = headgate(folder, spends)) {
      Job job = first.job("job", j -> j.tokenBudget(1_000));
      Job part = job.split("part", j -> j.tokenBudget(400));
      submit(part, Task.of(agent, target, ESTIMATE, spends.call("one"))).join();
      var _ = first.snapshot(); // both are gone
    }
    try (Headgate second = headgate(folder, spends)) {
      assertThat(second.recover().jobs()).isZero();
      assertThat(second.job("job", j -> j.tokenBudget(1_000)).isOpen()).isFalse();
    }
    assertVerifies(folder);
  }

  private static boolean spend(Attempt attempt, long tokens) {
    attempt.usage(tokens, 0);
    return true;
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

  @Test
  void whoIsNotRegisteredYetIsNotLost() throws Exception {
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    submit(job, ask("one"));
    submit(job, ask("two"));
    assertThat(next()).isEqualTo("one");

    Path folder = crash("after");
    try (Headgate after =
        Headgate.builder()
            .journal(FolderJournal.in(folder, Durability.WRITE_AHEAD))
            .handler(answers.idempotent(true))
            .build()) {
      assertThat(fates(after.recover())).containsExactly(Fate.POSTPONED, Fate.POSTPONED);
    }
    try (Headgate later = headgate(folder, answers.idempotent(true))) {
      Recovery recovery = later.recover();
      assertThat(fates(recovery)).containsExactly(Fate.RUNS_AGAIN, Fate.WAITS);
      assertThat(answer(recovery, 1)).isEqualTo("re: two");
    }
    assertVerifies(folder);
  }
}
