package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.time.Duration;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Token buckets have no loophole, and a refusal's retry-after is true to the millisecond. */
@Timeout(60)
class LoopholeTest {
  private static final long MS = 1_000_000;

  private final CachedNanoClock clock = new CachedNanoClock();
  // All agents: a token in 1 ms, 10,000 at once.
  private final LiveHeadgate headgate =
      LiveHeadgate.stepped(
          HeadgateSettings.DEFAULT
              .tokensPerMinute(60_000)
              .burstTokens(10_000)
              .retrySpreadPercent(0),
          clock,
          clock::nanoTime);
  private final Target target = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
  // A token in 2 ms, 5,000 at once.
  private final Agent agent =
      headgate.agent("agent", a -> a.tokensPerMinute(30_000).burstTokens(5_000));
  private final Agent unlimited = headgate.agent("unlimited");
  private final Job job = headgate.job("job", j -> j.deadline(Duration.ofDays(1)));

  @AfterEach
  void conserved() {
    job.close();
    settle();
    assertThat(headgate.audit().violations()).isEmpty();
    assertThat(headgate.audit().atRest()).isTrue();
  }

  private void settle() {
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }

  private void advanceMs(long ms) {
    clock.advance(ms * MS);
    settle();
  }

  private Task<String> task(Agent agent, long tokens, long used) {
    return Task.<String>of(
        agent,
        target,
        Estimate.of(tokens, 0),
        attempt -> {
          attempt.usage(used, 0);
          return "";
        });
  }

  private boolean takes(Agent agent, long tokens) {
    return takes(agent, tokens, tokens);
  }

  private boolean takes(Agent agent, long tokens, long used) {
    Admission<String> admission = job.submit(task(agent, tokens, used));
    if (admission instanceof Admitted<String> handle) {
      while (handle.outcome().isEmpty()) {
        headgate.step();
      }
      return true;
    }
    return false;
  }

  private Refused<?> refused(Agent agent, long tokens) {
    Admission<String> admission = job.submit(task(agent, tokens, tokens));
    assertThat(admission).isInstanceOf(Refused.class);
    return (Refused<?>) admission;
  }

  private String explain(Agent agent, long tokens) {
    return job.explain(task(agent, tokens, tokens), refused(agent, tokens));
  }

  // The wait is told rounded up by at most an eighth; the bucket itself opens to the millisecond.
  private void assertOpensAfter(Agent agent, long tokens, Refusal reason, long waitMs) {
    Refused<?> refused = refused(agent, tokens);
    assertThat(refused.reason()).isEqualTo(reason);
    long retryMs = refused.retryAfter().toMillis();
    assertThat(retryMs).isBetween(waitMs, waitMs + waitMs / 8);
    advanceMs(waitMs - 1);
    assertThat(refused(agent, tokens).reason()).isEqualTo(reason);
    advanceMs(retryMs + 1 - (waitMs - 1));
    assertThat(takes(agent, tokens)).as("after its retry-after").isTrue();
  }

  @Test
  void agentsBucket() {
    assertThat(takes(agent, 3_000)).isTrue();
    assertThat(explain(agent, 3_000))
        .startsWith("AGENT_RATE: needs 3,000 tokens, and agent agent gets 30,000 a minute. ")
        .contains("come back after retryAfter; retry after 2.");
    assertOpensAfter(agent, 3_000, Refusal.AGENT_RATE, 2_000);
  }

  @Test
  void bucketOfAllAgents() {
    assertThat(takes(unlimited, 9_000)).isTrue();
    assertThat(explain(agent, 2_000))
        .startsWith(
            "GLOBAL_RATE: needs 2,000 tokens, and all agents together get 60,000 a minute. ")
        .contains("come back after retryAfter; retry after 1.");
    assertOpensAfter(agent, 2_000, Refusal.GLOBAL_RATE, 1_000);
  }

  @Test
  void refusalByTheOneTakesNothingOfTheOther() {
    assertThat(takes(unlimited, 10_000)).isTrue();
    for (int i = 0; i < 100; i++) {
      assertThat(refused(agent, 100).reason()).isEqualTo(Refusal.GLOBAL_RATE);
    }
    advanceMs(5_000);
    assertThat(takes(agent, 5_000)).as("the whole burst is still there").isTrue();
    for (int i = 0; i < 100; i++) {
      assertThat(refused(agent, 4_000).reason()).isEqualTo(Refusal.AGENT_RATE);
    }
    advanceMs(1_000);
    assertThat(takes(unlimited, 1_000)).isTrue();
    assertThat(takes(unlimited, 1)).isFalse();
  }

  @Test
  void useBeyondTheEstimateIsDebt() {
    assertThat(takes(agent, 1_000, 4_500)).isTrue();
    assertOpensAfter(agent, 1_000, Refusal.AGENT_RATE, 1_000);
  }

  @Test
  void debtMayBeLargerThanTheBurst() {
    assertThat(takes(agent, 1_000, 20_000)).isTrue();
    // Of the agent's 5,000 are 15,000 missing below zero.
    assertOpensAfter(agent, 1_000, Refusal.AGENT_RATE, 32_000);
  }

  @Test
  void useBelowTheEstimateIsGivenBack() {
    assertThat(takes(agent, 5_000, 100)).isTrue();
    assertThat(takes(agent, 4_900)).isTrue();
    assertThat(takes(agent, 1)).isFalse();
  }

  @Test
  void oneHugeRequestCanNeverPass() {
    assertThat(refused(agent, 5_001))
        .isEqualTo(new Refused<>(Refusal.EXCEEDS_BURST, Duration.ZERO));
    assertThat(explain(agent, 5_001))
        .startsWith(
            "EXCEEDS_BURST: needs 5,001 tokens, but the bucket of agent agent holds 5,000 and that"
                + " of all agents 10,000. ")
        .endsWith("lower it, or raise burstTokens");
    assertThat(refused(unlimited, 10_001))
        .isEqualTo(new Refused<>(Refusal.EXCEEDS_BURST, Duration.ZERO));
    assertThat(explain(unlimited, 10_001)).contains("of agent unlimited holds any number");
    advanceMs(3_600_000);
    assertThat(refused(agent, 5_001).reason())
        .as("not after an hour")
        .isEqualTo(Refusal.EXCEEDS_BURST);
    assertThat(takes(agent, 5_000)).isTrue();
  }

  @Test
  void unknownEstimateIsExplainedByWhatItWouldReserve() {
    Target model = headgate.target("model", t -> t.maxOutputTokens(6_000));
    Task<String> task = Task.<String>of(agent, model, Estimate.ofInput(10), attempt -> "");
    Refused<String> refused = (Refused<String>) job.submit(task);
    assertThat(job.explain(task, refused)).startsWith("EXCEEDS_BURST: needs 6,010 tokens, but");
  }

  @Test
  void greedGetsTheRateAndOneBurst() {
    long taken = 0;
    long minutes = 5;
    for (int i = 0; i < minutes * 60 * 50; i++) {
      if (takes(agent, 777)) {
        taken += 777;
      }
      advanceMs(20);
    }
    long most = 5_000 + minutes * 30_000;
    assertThat(taken).isBetween(most - 777, most);
  }

  @Test
  void idlenessSavesNoMoreThanABurst() {
    advanceMs(24L * 3_600_000 - 3_600_000);
    assertThat(takes(agent, 5_000)).isTrue();
    assertThat(takes(agent, 1)).isFalse();
  }

  @Test
  void removingAndComingBackRefillsNothing() {
    assertThat(takes(agent, 5_000)).isTrue();
    agent.remove();
    Agent again = headgate.agent("agent", a -> a.tokensPerMinute(30_000).burstTokens(5_000));
    assertThat(refused(again, 1).reason()).isEqualTo(Refusal.AGENT_RATE);
    again.remove();
    Agent unbound = headgate.agent("agent");
    assertThat(takes(unbound, 1)).as("without a bucket").isTrue();
    unbound.remove();
    Agent bound = headgate.agent("agent", a -> a.tokensPerMinute(30_000).burstTokens(5_000));
    assertThat(refused(bound, 1).reason()).isEqualTo(Refusal.AGENT_RATE);
    advanceMs(2);
    assertThat(takes(bound, 1)).isTrue();
  }
}
