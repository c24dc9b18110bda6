package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.AgentSettings;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.LoopPolicy;
import io.headgate.Price;
import io.headgate.Recovery.Fate;
import io.headgate.Refusal;
import io.headgate.SpendingLimits;
import io.headgate.Target;
import io.headgate.TargetSettings;
import io.headgate.Task;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A crash gives nobody a fresh minute, and no job a fresh count of its calls. */
@Timeout(120)
class CarriedLimitsTest extends CrashedHosts {
  /** Of which 100 a minute may be spent, in tokens, or in their price. */
  private static final int USED = 80;

  // Whoever wants as much again waits for 60 of 100, but for what has come since.
  private static final Duration LEAST = Duration.ofSeconds(16);
  private static final Duration MOST = Duration.ofSeconds(37);
  private static final SpendingLimits MONEY = SpendingLimits.NONE.moneyPerMinute(1);

  private static TargetSettings priced(TargetSettings t) {
    return t.price(Price.perMillionTokens(10_000, 10_000)); // a cent each
  }

  private static JobSettings lasting(JobSettings j) {
    return j.deadline(Duration.ofDays(1));
  }

  private Admission<String> use(Headgate headgate, Job job, String agent) throws Exception {
    return use(headgate, job, agent, a -> a);
  }

  private Admission<String> use(
      Headgate headgate, Job job, String agent, UnaryOperator<AgentSettings> settings)
      throws Exception {
    Target model = headgate.target("model", CarriedLimitsTest::priced);
    Task<String> task =
        Task.of(headgate.agent(agent, settings), model, Estimate.of(USED, 0), handler.call("x"));
    Admission<String> admission = job.submit(task);
    if (admission instanceof Admitted<String> handle) {
      var _ = handle.join();
      var _ = headgate.snapshot();
    }
    return admission;
  }

  private static void assertWaits(Refusal reason, Admission<String> admission) {
    assertThat(refusedFor(reason, admission)).isBetween(LEAST, MOST);
  }

  @Test
  void anAgentsMoneyOfThisMinuteIsUsedAsFar() throws Exception {
    UnaryOperator<AgentSettings> limited = a -> a.spending(MONEY);
    Headgate before = begin();
    Job job = before.job("job", CarriedLimitsTest::lasting);
    assertThat(use(before, job, "agent", limited)).isInstanceOf(Admitted.class);

    Headgate after = crash(before, Duration.ZERO);
    Job again = after.job("job", CarriedLimitsTest::lasting);
    assertWaits(Refusal.AGENT_MONEY_RATE, use(after, again, "agent", limited));
    assertThat(use(after, again, "other", limited)).isInstanceOf(Admitted.class);

    Headgate later = crash(after, Duration.ofMinutes(1));
    Job third = later.job("job", CarriedLimitsTest::lasting);
    assertThat(use(later, third, "agent", limited)).isInstanceOf(Admitted.class);
    assertVerifies();
  }

  @Test
  void soIsThatOfAll() throws Exception {
    settings = settings.spending(MONEY);
    Headgate before = begin();
    assertThat(use(before, before.job("job", CarriedLimitsTest::lasting), "agent"))
        .isInstanceOf(Admitted.class);
    Headgate after = crash(before, Duration.ZERO);
    Job again = after.job("job", CarriedLimitsTest::lasting);
    assertWaits(Refusal.GLOBAL_MONEY_RATE, use(after, again, "other"));

    // As much as it is by the limit that holds now.
    after.limitSpending(s -> s.moneyPerMinute(4));
    assertThat(use(after, again, "other")).isInstanceOf(Admitted.class);
    Headgate later = crash(after, Duration.ofMinutes(2));
    assertThat(use(later, later.job("job", CarriedLimitsTest::lasting), "third"))
        .isInstanceOf(Admitted.class);
    assertVerifies();
  }

  @Test
  void soAreTheTokensOfAJobsMinute() throws Exception {
    UnaryOperator<JobSettings> limited = j -> lasting(j).tokensPerMinute(100);
    Headgate before = begin();
    assertThat(use(before, before.job("job", limited), "agent")).isInstanceOf(Admitted.class);
    Headgate after = crash(before, Duration.ZERO);
    Job again = after.job("job", limited);
    assertWaits(Refusal.JOB_RATE, use(after, again, "agent"));
    // It is no other job's.
    assertThat(use(after, after.job("other", limited), "agent")).isInstanceOf(Admitted.class);

    Headgate later = crash(after, Duration.ofMinutes(1));
    assertThat(use(later, later.job("job", limited), "agent")).isInstanceOf(Admitted.class);
    assertVerifies();
  }

  @Test
  void whatAPartUsedOfItsMinuteCountsInTheWholeJobs() throws Exception {
    UnaryOperator<JobSettings> limited = j -> lasting(j).moneyPerMinute(1);
    UnaryOperator<JobSettings> limitedPart = j -> j.tokensPerMinute(100);
    Headgate before = begin();
    Job part = before.job("job", limited).split("part", limitedPart);
    assertThat(use(before, part, "agent")).isInstanceOf(Admitted.class);

    for (int crash = 0; crash < 2; crash++) {
      Headgate after = crash(before, Duration.ZERO);
      Job again = after.job("job", limited);
      assertWaits(Refusal.JOB_RATE, use(after, again.split("part", limitedPart), "agent"));
      assertWaits(Refusal.JOB_MONEY_RATE, use(after, again, "agent"));
      before = after;
    }
    assertVerifies();
  }

  private Admission<String> call(Headgate headgate, Job job, String target, String question) {
    Target called =
        headgate.target(
            target, t -> t.maxCallsPerJob(3).loopGuard(LoopPolicy.DEFAULT.sameCalls(2)));
    Agent agent = headgate.agent("agent", a -> a.maxInFlight(1));
    return job.submit(
        Task.of(agent, called, handler.call(question)).arguments(question.hashCode()));
  }

  private void makes(Headgate headgate, Job job, String target, String question) throws Exception {
    var _ = ((Admitted<String>) call(headgate, job, target, question)).join();
  }

  @Test
  void callsAtATargetAreCountedOn() throws Exception {
    Headgate before = begin();
    Job job = before.job("job", CarriedLimitsTest::lasting);
    Job part = job.split("part", j -> j);
    makes(before, part, "tool", "one");
    makes(before, job, "tool", "two");
    makes(before, job, "other-tool", "one");

    Headgate after = crash(before, Duration.ZERO);
    Job again = after.job("job", CarriedLimitsTest::lasting);
    Job partAgain = again.split("part", j -> j);
    makes(after, partAgain, "tool", "three");
    refusedFor(Refusal.TARGET_CALLS, call(after, again, "tool", "four"));
    refusedFor(Refusal.TARGET_CALLS, call(after, partAgain, "tool", "four"));
    makes(after, again, "other-tool", "four");
    Job other = after.job("other", CarriedLimitsTest::lasting);
    makes(after, other, "tool", "one");

    Headgate later = crash(after, Duration.ZERO);
    Job third = later.job("job", CarriedLimitsTest::lasting);
    refusedFor(Refusal.TARGET_CALLS, call(later, third, "tool", "four"));
    makes(later, third, "other-tool", "five");
    refusedFor(Refusal.TARGET_CALLS, call(later, third, "other-tool", "six"));
    assertVerifies();
  }

  @Test
  void whatWaitsIsCountedOnceAtItsTarget() throws Exception {
    Headgate before = begin();
    Job job = before.job("job", CarriedLimitsTest::lasting);
    Agent agent = before.agent("agent", a -> a.maxInFlight(1));
    Target busy = before.target("busy");
    assertThat(job.submit(Task.of(agent, busy, handler.call("hang")))).isInstanceOf(Admitted.class);
    started.acquire();
    assertThat(call(before, job, "tool", "one")).isInstanceOf(Admitted.class);
    assertThat(call(before, job, "tool", "two")).isInstanceOf(Admitted.class);
    Headgate after = crash(before, Duration.ZERO);
    Agent _ = after.agent("agent", a -> a.maxInFlight(1));
    Target _ = after.target("busy");
    Job again = after.job("job", CarriedLimitsTest::lasting);
    makes(after, again, "tool", "three");
    assertThat(fates(after.recover())).containsExactly(Fate.PARKED, Fate.WAITS, Fate.WAITS);
    refusedFor(Refusal.TARGET_CALLS, call(after, again, "tool", "four"));
    assertVerifies();
  }

  @Test
  void repetitionsThatWereRefusedCountOnAndWhoHadAllOfThemIsOver() throws Exception {
    UnaryOperator<JobSettings> patient = j -> lasting(j).maxLoops(3);
    Headgate before = begin();
    Job job = before.job("job", patient);
    makes(before, job, "tool", "again");
    makes(before, job, "tool", "again");
    refusedFor(Refusal.LOOP, call(before, job, "tool", "again"));
    refusedFor(Refusal.LOOP, call(before, job, "tool", "again"));

    Headgate after = crash(before, Duration.ZERO);
    Job again = after.job("job", patient);
    refusedFor(Refusal.LOOP, call(after, again, "tool", "again"));
    assertThat(again.isOpen()).isFalse(); // the third one

    Headgate later = crash(after, Duration.ZERO);
    Job third = later.job("job", patient);
    assertThat(third.isOpen()).isFalse();
    assertVerifies();
  }
}
