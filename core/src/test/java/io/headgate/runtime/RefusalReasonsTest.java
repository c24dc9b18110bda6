package io.headgate.runtime;

import static io.headgate.Refusal.AGENT_RATE;
import static io.headgate.Refusal.AGENT_REMOVED;
import static io.headgate.Refusal.AGENT_WAITING_ROOM_FULL;
import static io.headgate.Refusal.CLOSED;
import static io.headgate.Refusal.DEADLINE_PASSED;
import static io.headgate.Refusal.EXCEEDS_BURST;
import static io.headgate.Refusal.GLOBAL_RATE;
import static io.headgate.Refusal.JOBS_FULL;
import static io.headgate.Refusal.JOB_CLOSED;
import static io.headgate.Refusal.JOB_MONEY_RATE;
import static io.headgate.Refusal.JOB_RATE;
import static io.headgate.Refusal.JOB_TASKS_FULL;
import static io.headgate.Refusal.JOURNAL_BEHIND;
import static io.headgate.Refusal.MONEY_BUDGET;
import static io.headgate.Refusal.RING_FULL;
import static io.headgate.Refusal.TARGET_OVERRUN;
import static io.headgate.Refusal.TARGET_REMOVED;
import static io.headgate.Refusal.TOKEN_BUDGET;
import static io.headgate.Refusal.WAITING_ROOM_FULL;
import static io.headgate.Refusal.WOULD_EXPIRE;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Snapshot;
import io.headgate.Target;
import io.headgate.Task;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.CachedEpochClock;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each reason for refusal can be provoked, and is counted for its agent, its target and in all. */
@Timeout(30)
class RefusalReasonsTest {
  private static final Estimate ONE = Estimate.of(1, 0);

  private final CachedNanoClock clock = new CachedNanoClock();
  private final CachedEpochClock epoch = new CachedEpochClock();
  private Agent agent;
  private Target target;

  private LiveHeadgate headgate(HeadgateSettings settings) {
    return LiveHeadgate.stepped(settings, clock, () -> epoch.time() * 1_000_000);
  }

  @Test
  void closed() {
    Headgate headgate = Headgate.builder().build();
    Job job = headgate.job(j -> j);
    Task<String> task = task(headgate.agent("agent"), headgate.target("target"), ONE);
    headgate.close();
    assertThat(job.submit(task)).isEqualTo(new Refused<>(CLOSED, Duration.ZERO));
    assertCounted(headgate.snapshot(), CLOSED, 1);
    assertThat(headgate.counters().asMap()).containsKey("refused");
  }

  @Test
  void jobClosed() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Job job = headgate.job(j -> j);
    job.close();
    assertRefused(headgate, job, JOB_CLOSED, ONE);
  }

  @Test
  void jobsFull() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT.maxJobs(1));
    assertThat(headgate.job(j -> j).isOpen()).isTrue();
    assertRefused(headgate, headgate.job(j -> j), JOBS_FULL, ONE);
  }

  @Test
  void jobTasksFull() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Job job = headgate.job(j -> j.maxTasks(1));
    admit(headgate, job, ONE);
    assertRefused(headgate, job, JOB_TASKS_FULL, ONE);
  }

  @Test
  void deadlinePassed() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Job job = headgate.job(j -> j.deadline(ofMillis(5)));
    clock.advance(5_000_000);
    headgate.step(); // opens the job; its timer would fire at the next turn
    assertRefused(headgate, job, DEADLINE_PASSED, ONE);
  }

  @Test
  void agentRemoved() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    agent = headgate.agent("agent");
    target = headgate.target("target");
    agent.remove();
    Job job = headgate.job(j -> j);
    assertThat(reason(job, task(agent, target, ONE))).isEqualTo(AGENT_REMOVED);
    assertThat(headgate.snapshot().refusals()).containsOnly(Map.entry(AGENT_REMOVED, 1L));
    assertThat(headgate.snapshot().targets().get(0).refusals())
        .containsOnly(Map.entry(AGENT_REMOVED, 1L));
  }

  @Test
  void targetRemoved() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    agent = headgate.agent("agent");
    target = headgate.target("target");
    target.remove();
    Job job = headgate.job(j -> j);
    assertThat(reason(job, task(agent, target, ONE))).isEqualTo(TARGET_REMOVED);
    assertThat(headgate.snapshot().refusals()).containsOnly(Map.entry(TARGET_REMOVED, 1L));
    assertThat(headgate.snapshot().agents().get(0).refusals())
        .containsOnly(Map.entry(TARGET_REMOVED, 1L));
  }

  @Test
  void targetOverrun() throws Exception {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    agent = headgate.agent("agent");
    Target deaf = headgate.target("target", t -> t.maxOverruns(1).timeout(ofSeconds(1)));
    Job job = headgate.job(j -> j);
    var started = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Admitted<String> call =
        job.submitOrThrow(
            Task.<String>of(
                agent,
                deaf,
                ONE,
                attempt -> {
                  started.countDown();
                  awaitUninterruptibly(release);
                  return "late";
                }));
    settle(headgate);
    started.await();
    clock.advance(2_000_000_000L);
    settle(headgate);
    assertThat(call.outcome()).contains(new Outcome.TimedOut<>(Outcome.Bound.TIMEOUT));
    assertThat(reason(job, task(agent, deaf, ONE))).isEqualTo(TARGET_OVERRUN);
    assertCounted(headgate.snapshot(), TARGET_OVERRUN, 1);
    release.countDown();
    while (headgate.snapshot().overruns() > 0) {
      Thread.onSpinWait();
    }
    assertThat(job.submit(task(agent, deaf, ONE))).as("once it ended").isInstanceOf(Admitted.class);
  }

  @Test
  void wouldExpire() throws Exception {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT.maxInFlight(1));
    agent = headgate.agent("agent");
    target = headgate.target("target");
    Job job = headgate.job(j -> j);
    var started = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Admitted<String> first =
        job.submitOrThrow(
            Task.<String>of(
                agent,
                target,
                ONE,
                attempt -> {
                  started.countDown();
                  release.await();
                  return "after a second";
                }));
    settle(headgate);
    started.await();
    clock.advance(1_000_000_000L);
    var never = new CountDownLatch(1);
    Task<String> held =
        Task.of(
            agent,
            target,
            ONE,
            attempt -> {
              never.await();
              return "";
            });
    job.submitOrThrow(held);
    job.submitOrThrow(held);
    release.countDown();
    while (first.outcome().isEmpty()) {
      headgate.step();
    }
    Task<String> hasty = task(agent, target, ONE).ttl(ofMillis(900));
    assertThat(job.submit(hasty))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(WOULD_EXPIRE);
              assertThat(refused.retryAfter()).isBetween(ofSeconds(1), ofMillis(2_580));
            });
    assertCounted(headgate.snapshot(), WOULD_EXPIRE, 1);
    assertThat(job.submit(hasty.ttl(ofSeconds(2)))).isInstanceOf(Admitted.class);
    job.close();
    settle(headgate);
  }

  @Test
  void agentWaitingRoomFull() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    agent = headgate.agent("agent", a -> a.maxWaiting(1));
    Job job = headgate.job(j -> j);
    admit(headgate, job, ONE);
    assertRefused(headgate, job, AGENT_WAITING_ROOM_FULL, ONE);
  }

  @Test
  void waitingRoomFull() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT.maxWaiting(4).begunPercent(50));
    Job job = headgate.job(j -> j);
    admit(headgate, job, ONE);
    admit(headgate, job, ONE);
    assertRefused(headgate, job, WAITING_ROOM_FULL, ONE);
  }

  @Test
  void agentRate() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    agent = headgate.agent("agent", a -> a.tokensPerMinute(60));
    Job job = headgate.job(j -> j);
    admit(headgate, job, Estimate.of(60, 0));
    assertRefused(headgate, job, AGENT_RATE, ONE);
  }

  @Test
  void globalRate() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT.tokensPerMinute(60));
    Job job = headgate.job(j -> j);
    admit(headgate, job, Estimate.of(60, 0));
    assertRefused(headgate, job, GLOBAL_RATE, ONE);
  }

  @Test
  void jobRate() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Job job = headgate.job(j -> j.tokensPerMinute(60));
    admit(headgate, job, Estimate.of(60, 0));
    assertRefused(headgate, job, JOB_RATE, ONE);
  }

  @Test
  void jobMoneyRate() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    target = headgate.target("target", t -> t.price(1, 1));
    Job job = headgate.job(j -> j.moneyPerMinute(0.000_060));
    admit(headgate, job, Estimate.of(60, 0));
    assertRefused(headgate, job, JOB_MONEY_RATE, ONE);
  }

  @Test
  void exceedsBurst() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT.tokensPerMinute(60).burstTokens(9));
    assertRefused(headgate, headgate.job(j -> j), EXCEEDS_BURST, Estimate.of(5, 5));
  }

  @Test
  void tokenBudget() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    assertRefused(headgate, headgate.job(j -> j.tokenBudget(9)), TOKEN_BUDGET, Estimate.of(5, 5));
  }

  @Test
  void moneyBudget() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    target = headgate.target("target", t -> t.price(1, 1));
    // A dollar a million tokens: a thousand nano-dollars a token.
    Job job = headgate.job(j -> j.moneyBudget(9_999e-9));
    assertRefused(headgate, job, MONEY_BUDGET, Estimate.of(5, 5));
  }

  @Test
  void ringFull() {
    // A ring of 2,048 slots, all but eight of them kept back; each job that opens takes one.
    HeadgateSettings settings =
        HeadgateSettings.DEFAULT.maxInFlight(1).maxSuspended(1).maxWaiting(8).maxJobs(742);
    LiveHeadgate headgate = headgate(settings);
    agent = headgate.agent("agent");
    target = headgate.target("target");
    settle(headgate);
    Job job = headgate.job(j -> j.tokenBudget(10));
    for (int i = 0; i < 7; i++) {
      var _ = headgate.job(j -> j);
    }
    assertRefused(headgate, job, RING_FULL, ONE);
    assertThat(job.remainingTokens()).as("all given back").isEqualTo(10);
    assertThat(headgate.gates().waitingRoom().taken()).isZero();
    admit(headgate, job, ONE);
  }

  @Test
  void journalBehind() {
    var behind = new AtomicBoolean();
    LiveHeadgate headgate =
        LiveHeadgate.stepped(
            HeadgateSettings.DEFAULT, null, clock, () -> epoch.time() * 1_000_000, journal(behind));
    Job job = headgate.job(j -> j);
    admit(headgate, job, ONE);
    behind.set(true);
    headgate.step();
    assertRefused(headgate, job, JOURNAL_BEHIND, ONE);
    assertThat(headgate.job("another", j -> j).isOpen()).isFalse();
    behind.set(false);
    headgate.step();
    admit(headgate, job, ONE);
  }

  private static JournalSource journal(AtomicBoolean behind) {
    return QuietJournal.of(
        (method, _) -> method.equals("isBehind") ? Boolean.valueOf(behind.get()) : null);
  }

  // Refused three times, and counted three times in each place where it is to be seen.
  private void assertRefused(LiveHeadgate headgate, Job job, Refusal reason, Estimate estimate) {
    Task<String> task = taskOf(headgate, estimate);
    for (int i = 0; i < 3; i++) {
      assertThat(reason(job, task)).isEqualTo(reason);
    }
    assertCounted(headgate.snapshot(), reason, 3);
    clock.advance(1_000_000_000L);
    settle(headgate);
    assertThat(headgate.counters().asMap()).containsEntry("refused", 3L);
  }

  private static void assertCounted(Snapshot snapshot, Refusal reason, long times) {
    Map<Refusal, Long> expected = Map.of(reason, times);
    assertThat(snapshot.refusals()).as("in all").isEqualTo(expected);
    assertThat(snapshot.agents().get(0).refusals()).as("of the agent").isEqualTo(expected);
    assertThat(snapshot.targets().get(0).refusals()).as("of the target").isEqualTo(expected);
  }

  private void admit(LiveHeadgate headgate, Job job, Estimate estimate) {
    assertThat(job.submit(taskOf(headgate, estimate))).isInstanceOf(Admitted.class);
  }

  // Registered by the test before, if it wants other than the default settings.
  private Task<String> taskOf(LiveHeadgate headgate, Estimate estimate) {
    if (agent == null) {
      agent = headgate.agent("agent");
    }
    if (target == null) {
      target = headgate.target("target");
    }
    return task(agent, target, estimate);
  }

  private static Task<String> task(Agent agent, Target target, Estimate estimate) {
    return Task.of(agent, target, estimate, attempt -> "done");
  }

  private static Refusal reason(Job job, Task<String> task) {
    return job.submit(task) instanceof Refused<String> refused ? refused.reason() : null;
  }

  private static void settle(LiveHeadgate headgate) {
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // deaf, as the test wants it
      }
    }
  }
}
