package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.BreakerPolicy;
import io.headgate.By;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Outcome;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.ParkReason;
import io.headgate.ParkedTask;
import io.headgate.Recovery;
import io.headgate.Recovery.Fate;
import io.headgate.RetryPolicy;
import io.headgate.Target;
import io.headgate.TargetSettings;
import io.headgate.Task;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What had become of a task before a crash is not forgotten. */
@Timeout(120)
class CarriedTasksTest extends CrashedHosts {
  private static final By BY = new By("me", "it may");

  private static TargetSettings retried(TargetSettings t, Duration base) {
    return t.breaker(BreakerPolicy.OFF)
        .agentBreaker(BreakerPolicy.OFF)
        .retry(RetryPolicy.DEFAULT.maxAttempts(3).backoff(base, base).budget(100, 100));
  }

  @Test
  void attemptsThatWereMadeCount() throws Exception {
    Headgate before = begin();
    Target model = before.target("model", t -> retried(t, Duration.ofHours(1)));
    assertThat(ask(before, before.agent("agent"), model, "bad")).isInstanceOf(Admitted.class);
    assertThat(made.take()).isEqualTo("bad 1");
    while (before.snapshot().inFlight() > 0) {
      Thread.onSpinWait();
    }

    Headgate after = crash(before, Duration.ZERO);
    Agent _ = after.agent("agent");
    Target _ = after.target("model", t -> retried(t, Duration.ofMillis(1)));
    Recovery recovery = after.recover();
    assertThat(fates(recovery)).containsExactly(Fate.WAITS);
    assertThat(recovery.tasks().getFirst().handle().orElseThrow().join())
        .isInstanceOf(Outcome.Failed.class);
    assertThat(made).containsExactly("bad 2", "bad 3");
    assertVerifies();
  }

  private static TargetSettings asking(TargetSettings t) {
    return t.maxInFlight(1).park(ParkPolicy.always().then(Action.RUN, Duration.ofHours(2)));
  }

  private static ParkedTask parked(Headgate headgate) {
    List<ParkedTask> parked = headgate.operator().parked();
    assertThat(parked).hasSize(1);
    return parked.getFirst();
  }

  @Test
  void whatIsHeldForAHumanIsHeldSinceThenAndItsDefaultFollowsWhenItWouldHave() throws Exception {
    Headgate before = begin();
    Target model = before.target("model", CarriedTasksTest::asking);
    assertThat(ask(before, before.agent("agent"), model, "x")).isInstanceOf(Admitted.class);
    assertThat(parked(before).reason()).isEqualTo(ParkReason.ASK_FIRST);

    Headgate after = crash(before, Duration.ofHours(1));
    Agent _ = after.agent("agent");
    Target _ = after.target("model", CarriedTasksTest::asking);
    assertThat(fates(after.recover())).containsExactly(Fate.WAITS);
    assertThat(parked(after).reason()).isEqualTo(ParkReason.ASK_FIRST);
    assertThat(parked(after).parkedFor()).isBetween(Duration.ofMinutes(55), Duration.ofMinutes(65));
    assertThat(parked(after).actionIn()).isBetween(Duration.ofMinutes(55), Duration.ofMinutes(65));

    Headgate later = crash(after, Duration.ofHours(3));
    Agent _ = later.agent("agent");
    Target _ = later.target("model", CarriedTasksTest::asking);
    assertThat(later.recover().tasks().getFirst().handle().orElseThrow().join())
        .isEqualTo(new Outcome.Completed<>("re: x"));
    assertVerifies();
  }

  @Test
  void whoWasAskedIsNotAskedAgain() throws Exception {
    Headgate before = begin();
    Target model = before.target("model", CarriedTasksTest::asking);
    Agent agent = before.agent("agent");
    assertThat(ask(before, agent, model, "hang")).isInstanceOf(Admitted.class);
    var _ = before.operator().approve(parked(before).taskId(), BY);
    started.acquire();
    assertThat(ask(before, agent, model, "x")).isInstanceOf(Admitted.class);
    var _ = before.operator().approve(parked(before).taskId(), BY);
    assertThat(before.snapshot().waiting()).isEqualTo(1);

    Headgate after = crash(before, Duration.ZERO);
    Agent _ = after.agent("agent");
    Target _ = after.target("model", CarriedTasksTest::asking);
    Recovery recovery = after.recover();
    assertThat(fates(recovery)).containsExactly(Fate.PARKED, Fate.WAITS);
    assertThat(recovery.tasks().get(1).handle().orElseThrow().join())
        .isEqualTo(new Outcome.Completed<>("re: x"));
    // That it may have been made is another question.
    assertThat(parked(after).reason()).isEqualTo(ParkReason.IN_DOUBT);

    // Which is asked once, too; and it has its hour once.
    Headgate later = crash(after, Duration.ofMinutes(50));
    Agent _ = later.agent("agent");
    Target held = later.target("model", CarriedTasksTest::asking);
    assertThat(fates(later.recover())).containsExactly(Fate.PARKED);
    assertThat(parked(later).reason()).isEqualTo(ParkReason.IN_DOUBT);
    assertThat(parked(later).actionIn()).isLessThan(Duration.ofMinutes(11));
    var _ = later.operator().pause(held, Duration.ofHours(1), BY);
    var _ = later.operator().approve(parked(later).taskId(), BY);
    Headgate last = crash(later, Duration.ofHours(2));
    Agent _ = last.agent("agent");
    Target _ = last.target("model", CarriedTasksTest::asking);
    made.clear();
    assertThat(fates(last.recover())).containsExactly(Fate.WAITS);
    assertThat(made.take()).isEqualTo("hang 2");
    assertVerifies();
  }

  private static JobSettings asksAtBudget(JobSettings j) {
    return j.tokenBudget(1_000)
        .deadline(Duration.ofDays(1))
        .parkAtBudget(ParkPolicy.atBudget().then(Action.REFUSE, Duration.ofHours(2)));
  }

  @Test
  void whatItsBudgetDoesNotCoverWaitsForThatSinceThen() throws Exception {
    Headgate before = begin();
    Job job = before.job("job", CarriedTasksTest::asksAtBudget);
    assertThat(dear(before, job)).isInstanceOf(Admitted.class);
    assertThat(parked(before).reason()).isEqualTo(ParkReason.BUDGET);

    Headgate after = crash(before, Duration.ofHours(1));
    Agent _ = after.agent("agent");
    Target _ = after.target("model");
    Recovery recovery = after.recover();
    assertThat(fates(recovery)).containsExactly(Fate.WAITS);
    assertThat(parked(after).reason()).isEqualTo(ParkReason.BUDGET);
    assertThat(parked(after).actionIn()).isLessThan(Duration.ofMinutes(61));
    var _ = after.operator().tokenBudget("job", 3_000, BY);
    assertThat(recovery.tasks().getFirst().handle().orElseThrow().join())
        .isEqualTo(new Outcome.Completed<>("re: dear"));
    assertVerifies();
  }

  private Admission<String> dear(Headgate headgate, Job job) {
    Task<String> task =
        Task.of(
            headgate.agent("agent"),
            headgate.target("model"),
            Estimate.of(2_000, 0),
            handler.call("dear"));
    return job.submit(task);
  }

  @Test
  void whatWaitedForAStaticAnswerIsEstimatedAsItWasAskedFor() throws Exception {
    UnaryOperator<TargetSettings> ladder =
        t -> t.degradation(DegradationPolicy.of(Rung.of("model", 100), Rung.ofStatic("sorry")));
    Headgate before = begin();
    Agent agent = before.agent("agent", a -> a.maxInFlight(1));
    Target model = before.target("model", ladder);
    Job job = before.job("job", j -> j.tokenBudget(10_000));
    assertThat(job.submit(Task.of(agent, model, Estimate.of(1, 1), handler.call("hang"))))
        .isInstanceOf(Admitted.class);
    started.acquire();
    var _ = before.operator().openBreaker(model, Duration.ofHours(1), BY);
    Estimate asked = Estimate.of(100, 200).atLeast(50);
    assertThat(job.submit(Task.of(agent, model, asked, handler.call("x")).degradable(true)))
        .isInstanceOf(Admitted.class);
    assertThat(job.spending().tokensReserved()).isEqualTo(2);

    Headgate after = crash(before, Duration.ZERO);
    Agent _ = after.agent("agent", a -> a.maxInFlight(1));
    Target again = after.target("model", ladder);
    var _ = after.operator().closeBreaker(again, Duration.ofHours(1), BY);
    var _ = after.operator().pauseAll(Duration.ofHours(1), BY);
    assertThat(fates(after.recover())).containsExactly(Fate.PARKED, Fate.WAITS);
    assertThat(after.job("job", j -> j.tokenBudget(10_000)).spending().tokensReserved())
        .isEqualTo(2 + 300);
    assertVerifies();
  }
}
