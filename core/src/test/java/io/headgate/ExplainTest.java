package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A refusal's text names the value, the bound and the mend. */
@Timeout(30)
class ExplainTest {
  private final Headgate headgate = Headgate.builder().tokensPerMinute(100_000).build();
  private final Target model =
      headgate.target("model", t -> t.maxOutputTokens(1_000).price(10, 30));
  private final Agent agent = headgate.agent("agent", a -> a.tokensPerMinute(5_000));

  @AfterEach
  void close() {
    headgate.close();
  }

  @Test
  void tokenBudget() {
    Job job = headgate.job("small", j -> j.tokenBudget(1_000));
    assertThat(explain(job, Estimate.of(900, 200)))
        .startsWith("TOKEN_BUDGET: needs 1,100 tokens, but job small has 1,000 of its 1,000 left. ")
        .contains("use a smaller estimate");
  }

  @Test
  void moneyBudget() {
    Job job = headgate.job("cheap", j -> j.moneyBudget(0.001));
    assertThat(explain(job, Estimate.of(100, 200)))
        .startsWith("MONEY_BUDGET: needs $0.007000, but job cheap has $0.001000 of its $0.001000");
  }

  @Test
  void burst() {
    Job job = headgate.job("wide", j -> j);
    assertThat(explain(job, Estimate.of(6_000, 0)))
        .startsWith("EXCEEDS_BURST: needs 6,000 tokens, but the bucket of agent agent holds 5,000");
  }

  @Test
  void closedJob() {
    Job job = headgate.job("gone", j -> j);
    job.close();
    assertThat(explain(job, Estimate.of(1, 1))).startsWith("JOB_CLOSED: job gone. ");
  }

  private String explain(Job job, Estimate estimate) {
    Task<String> task = Task.of(agent, model, estimate, attempt -> "never");
    return switch (job.submit(task)) {
      case Admitted<String> handle -> "admitted: " + handle;
      case Refused<String> refused -> job.explain(task, refused);
    };
  }
}
