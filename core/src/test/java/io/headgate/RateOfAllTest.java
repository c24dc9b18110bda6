package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bucket of all agents is changed while running. */
@Timeout(60)
class RateOfAllTest {
  // So slow that nothing drips in during a test.
  private final Headgate headgate =
      Headgate.builder().tokensPerMinute(10).burstTokens(1_000).build();
  private final Agent agent = headgate.agent("agent");
  private final Target model = headgate.target("model");
  private final Job job = headgate.job(j -> j);

  @AfterEach
  void conserved() {
    headgate.close();
    Rest.assertConserved(headgate);
  }

  private Task<Long> task(long tokens) {
    return SpendingTasks.usingAll(agent, model, Estimate.of(tokens, 0));
  }

  private Refused<?> refused(long tokens) {
    Admission<?> admission = job.submit(task(tokens));
    assertThat(admission).isInstanceOf(Refused.class);
    return (Refused<?>) admission;
  }

  @Test
  void raisedItLetsWorkInAgain() throws Exception {
    job.submitOrThrow(task(1_000)).join();
    Refused<?> refused = refused(500);
    assertThat(refused.reason()).isEqualTo(Refusal.GLOBAL_RATE);
    assertThat(refused.retryAfter()).isGreaterThan(Duration.ofMinutes(40));
    headgate.limitRate(10, 1_500);
    assertThat(headgate.burstTokens()).isEqualTo(1_500);
    assertThat(headgate.settings().burstTokens()).as("as built").isEqualTo(1_000);
    job.submitOrThrow(task(500)).join();
    assertThat(refused(500).reason()).as("what is missing stays").isEqualTo(Refusal.GLOBAL_RATE);
    headgate.limitRate(60_000_000, AgentSettings.ONE_MINUTE);
    job.submitOrThrow(task(50_000_000)).join();
    headgate.limitRate(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE);
    job.submitOrThrow(task(100_000_000)).join();
  }

  @Test
  void loweredItRefuses() throws Exception {
    job.submitOrThrow(task(500)).join();
    headgate.limitRate(10, 600);
    assertThat(headgate.tokensPerMinute()).isEqualTo(10);
    Refused<?> refused = refused(200);
    assertThat(refused.reason()).isEqualTo(Refusal.GLOBAL_RATE);
    assertThat(refused.retryAfter()).isGreaterThan(Duration.ofMinutes(8));
    refused = refused(601);
    assertThat(refused.reason()).isEqualTo(Refusal.EXCEEDS_BURST);
    assertThat(job.explain(task(601), refused))
        .contains("needs 601 tokens", "that of all agents 600");
    headgate.limitRate(7, AgentSettings.ONE_MINUTE);
    assertThat(job.explain(task(5), refused(5)))
        .contains("needs 5 tokens, and all agents together get 7 a minute. ");
  }

  @Test
  void anAgentsRateIsHeldAgainstTheOneInForce() {
    Agent slow = headgate.agent("slow", a -> a.tokensPerMinute(10));
    assertThatThrownBy(() -> slow.reconfigure(a -> a.tokensPerMinute(11)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is 11, but tokensPerMinute of the whole Headgate is 10");
    headgate.limitRate(11, 1_000);
    slow.reconfigure(a -> a.tokensPerMinute(11));
    headgate.limitRate(5, 1_000);
    slow.reconfigure(a -> a.weight(2));
    assertThat(slow.settings().tokensPerMinute()).as("kept").isEqualTo(11);
    assertThat(headgate.agent("slow", a -> a.tokensPerMinute(11).weight(2))).isSameAs(slow);
    assertThatThrownBy(() -> slow.reconfigure(a -> a.tokensPerMinute(6)))
        .hasMessageContaining("is 6, but tokensPerMinute of the whole Headgate is 5");
    assertThatThrownBy(() -> headgate.agent("new", a -> a.tokensPerMinute(6)))
        .hasMessageContaining("is 6, but tokensPerMinute of the whole Headgate is 5");
  }

  @Test
  void badValuesChangeNothing() {
    assertBad(0, AgentSettings.ONE_MINUTE, "the overall tokensPerMinute is 0, but must be from 1");
    assertBad(1_000_000_001, 1, "the overall tokensPerMinute is 1000000001, but must be");
    assertBad(10, 0, "the overall burstTokens is 0, but must be from 1");
    assertBad(AgentSettings.NO_RATE, 10, "but there is no tokensPerMinute to refill it");
    assertBad(1, 1_000_000_000, "the overall burstTokens is 1000000000");
    headgate.close();
    headgate.limitRate(7, 8);
    assertThat(headgate.tokensPerMinute()).isEqualTo(7);
    assertThat(headgate.burstTokens()).isEqualTo(8);
  }

  private void assertBad(long tokensPerMinute, long burstTokens, String message) {
    assertThatThrownBy(() -> headgate.limitRate(tokensPerMinute, burstTokens))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThat(headgate.tokensPerMinute()).isEqualTo(10);
    assertThat(headgate.burstTokens()).isEqualTo(1_000);
    Refused<?> refused = refused(1_001);
    assertThat(refused.reason()).as("the bucket as well").isEqualTo(Refusal.EXCEEDS_BURST);
  }
}
