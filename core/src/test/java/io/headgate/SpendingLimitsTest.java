package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Outcome.Completed;
import io.headgate.Outcome.CutOff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Limits on what an agent, and all together, may spend: refused at admission, raised while running.
 */
@Timeout(60)
class SpendingLimitsTest {
  private final Headgate headgate =
      Headgate.builder()
          .settings(
              HeadgateSettings.DEFAULT.spending(SpendingLimits.NONE.tokens(5_000).money(0.004)))
          .build();
  private final Agent agent = headgate.agent("agent", a -> a.spending(l -> l.tokens(1_000)));
  // A thousand nano-dollars a token.
  private final Target model = headgate.target("model", t -> t.maxOutputTokens(400).price(1, 1));
  private final Job job = headgate.job(j -> j);

  @AfterEach
  void conserved() {
    headgate.close();
    Rest.assertConserved(headgate);
  }

  private Task<Long> task(Agent by, Estimate estimate) {
    return SpendingTasks.usingAll(by, model, estimate);
  }

  private Refusal refusal(Task<?> task) {
    Admission<?> admission = job.submit(task);
    assertThat(admission).isInstanceOf(Refused.class);
    return ((Refused<?>) admission).reason();
  }

  @Test
  void anAgentsTotalIsHardAndRaisedWhileRunning() throws Exception {
    job.submitOrThrow(task(agent, Estimate.of(700, 0))).join();
    assertThat(refusal(task(agent, Estimate.of(301, 0)))).isEqualTo(Refusal.AGENT_TOKEN_LIMIT);
    assertThat(job.submitOrThrow(task(agent, Estimate.ofInput(100))).join())
        .as("the cap shrinks to what is left")
        .isEqualTo(new Completed<>(200L));
    Task<Long> more = task(agent, Estimate.of(1, 0));
    assertThat(refusal(more)).isEqualTo(Refusal.AGENT_TOKEN_LIMIT);
    assertThat(job.explain(more, (Refused<?>) job.submit(more)))
        .contains("needs 1 tokens, but agent agent may spend 0 more, of 1,000. ");
    agent.reconfigure(a -> a.spending(l -> l.tokens(1_001)));
    assertThat(headgate.snapshot().limits().spending()).isEqualTo(headgate.spendingLimits());
    assertThat(headgate.snapshot().agents().getFirst().limits().spending().tokens())
        .isEqualTo(1_001);
    job.submitOrThrow(more).join();
    assertThat(refusal(more)).isEqualTo(Refusal.AGENT_TOKEN_LIMIT);
  }

  @Test
  void whatAllSpendIsLimitedInTokensAndMoney() throws Exception {
    Agent other = headgate.agent("other");
    job.submitOrThrow(task(other, Estimate.of(3_000, 0))).join();
    assertThat(refusal(task(other, Estimate.of(1_001, 0)))).isEqualTo(Refusal.GLOBAL_MONEY_LIMIT);
    assertThat(refusal(task(other, Estimate.of(2_001, 0)))).isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
    job.submitOrThrow(task(agent, Estimate.of(1_000, 0))).join();
  }

  @Test
  void moneyAMinuteSaysWhenToComeBack() throws Exception {
    Agent slow = headgate.agent("slow", a -> a.spending(l -> l.moneyPerMinute(0.0006)));
    job.submitOrThrow(task(slow, Estimate.of(600, 0))).join();
    Admission<?> admission = job.submit(task(slow, Estimate.of(100, 0)));
    assertThat(admission)
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(Refusal.AGENT_MONEY_RATE);
              assertThat(refused.retryAfter())
                  .isBetween(java.time.Duration.ofSeconds(5), java.time.Duration.ofSeconds(12));
            });
    assertThat(refusal(task(slow, Estimate.of(601, 0)))).isEqualTo(Refusal.EXCEEDS_BURST);
  }

  @Test
  void aStreamIsCutOffAtTheLimit() throws Exception {
    var charged = new long[1];
    Task<String> stream = SpendingTasks.streaming(agent, model, charged);
    assertThat(job.submitOrThrow(stream).join()).isInstanceOf(CutOff.class);
    assertThat(charged[0]).isEqualTo(1_000);
    assertThat(refusal(stream)).isEqualTo(Refusal.AGENT_TOKEN_LIMIT);
  }

  @Test
  void whatAllSpendIsRaisedAndLoweredWhileRunning() throws Exception {
    Agent other = headgate.agent("other");
    job.submitOrThrow(task(other, Estimate.of(3_000, 0))).join();
    headgate.limitSpending(l -> l.tokens(3_500));
    assertThat(headgate.spendingLimits()).isEqualTo(SpendingLimits.NONE.tokens(3_500).money(0.004));
    assertThat(headgate.settings().spending())
        .as("as built")
        .isNotEqualTo(headgate.spendingLimits());
    assertThat(refusal(task(other, Estimate.of(501, 0)))).isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
    headgate.limitSpending(l -> l.tokens(2_000));
    Task<Long> least = task(other, Estimate.of(1, 0));
    assertThat(refusal(least)).as("below what is spent").isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
    assertThat(job.explain(least, (Refused<?>) job.submit(least)))
        .contains("needs 1 tokens, but all agents together may spend 0 more, of 2,000. ");
    headgate.limitSpending(l -> SpendingLimits.NONE);
    job.submitOrThrow(task(other, Estimate.of(5_000, 0))).join();
    headgate.limitSpending(l -> l.tokens(8_000));
    assertThat(refusal(least)).as("counted all the while").isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
    headgate.limitSpending(l -> l.tokens(8_001).moneyPerMinute(0.000_5));
    assertThat(refusal(task(other, Estimate.of(501, 0)))).isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
    job.submitOrThrow(least).join();
  }

  @Test
  void aChangeThatThrowsChangesNothing() {
    SpendingLimits before = headgate.spendingLimits();
    assertThatThrownBy(() -> headgate.limitSpending(l -> l.tokens(0)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> headgate.limitSpending(l -> null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("answered null");
    assertThat(headgate.spendingLimits()).isEqualTo(before);
    headgate.close();
    headgate.limitSpending(l -> l.tokens(7));
    assertThat(headgate.spendingLimits().tokens()).isEqualTo(7);
  }

  @Test
  void boundsAreChecked() {
    assertThatThrownBy(() -> SpendingLimits.NONE.tokens(0))
        .hasMessageContaining("tokens is 0, but must be from 1 to");
    assertThatThrownBy(() -> SpendingLimits.NONE.money(-1))
        .hasMessageContaining("money is -1.0 dollars, but must be above 0");
    assertThatThrownBy(() -> SpendingLimits.NONE.moneyPerMinute(1_001))
        .hasMessageContaining("at most 1000");
  }
}
