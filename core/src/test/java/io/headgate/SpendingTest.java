package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Snapshot.Party;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was reserved, spent, and spent in vain, as users see it. */
@Timeout(60)
class SpendingTest {
  private final Headgate headgate = Headgate.builder().build();
  private final Agent agent = headgate.agent("agent");
  // 10,000 and 30,000 nano-dollars a token.
  private final Target model =
      headgate.target(
          "model",
          t ->
              t.maxOutputTokens(400)
                  .price(10, 30)
                  .breaker(BreakerPolicy.OFF)
                  .agentBreaker(BreakerPolicy.OFF));

  @AfterEach
  void conserved() {
    headgate.close();
    Rest.assertConserved(headgate);
  }

  @Test
  void aJobSaysWhatItReservedSpentAndSpentInVain() throws Exception {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Job job = headgate.job(j -> j.tokenBudget(10_000));
    job.submitOrThrow(
            Task.of(
                agent,
                model,
                Estimate.of(100, 200),
                attempt -> {
                  attempt.usage(100, 20);
                  return "fine";
                }))
        .join();
    job.submitOrThrow(
            Task.<String>of(
                agent,
                model,
                Estimate.of(100, 200),
                attempt -> {
                  attempt.usage(100, 50);
                  throw new IllegalStateException("no answer");
                }))
        .join();
    var held =
        job.submitOrThrow(
            Task.of(
                agent,
                model,
                Estimate.of(10, 20),
                attempt -> {
                  entered.countDown();
                  release.await();
                  attempt.usage(10, 0);
                  return "held";
                }));
    entered.await();
    assertThat(job.spending())
        .isEqualTo(
            new Spending(
                30, 270, 700_000, 4_100_000, 270, 4_100_000, new Waste(150, 0, 2_500_000, 0)));
    Snapshot snapshot = headgate.snapshot();
    assertThat(snapshot.tokensLastMinute()).isEqualTo(270);
    assertThat(snapshot.moneyLastMinuteNanos()).isEqualTo(4_100_000);
    assertThat(snapshot.waste()).isEqualTo(new Waste(150, 0, 2_500_000, 0));
    assertThat(snapshot.reservedOverUsed()).isEqualTo(600 / 270.0);
    for (Party party : new Party[] {snapshot.agents().getFirst(), snapshot.targets().getFirst()}) {
      assertThat(party.waste()).isEqualTo(snapshot.waste());
      assertThat(party.tokensLastMinute()).isEqualTo(270);
      assertThat(party.moneyLastMinuteNanos()).isEqualTo(4_100_000);
      assertThat(party.reservedOverUsed()).isEqualTo(snapshot.reservedOverUsed());
    }
    assertThat(snapshot.toString()).contains("on failures 150 tokens, $0.0025").contains("2.22x");
    release.countDown();
    held.join();
    job.close();
    headgate.close();
    assertThat(job.spending())
        .as("when nothing of it is left")
        .isEqualTo(
            new Spending(0, 280, 0, 4_200_000, 280, 4_200_000, new Waste(150, 0, 2_500_000, 0)));
  }
}
