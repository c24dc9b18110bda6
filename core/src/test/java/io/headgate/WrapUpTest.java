package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Outcome.Completed;
import io.headgate.Outcome.CutOff;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a job keeps back for a last call, and what it tells the model that it has left. */
@Timeout(60)
class WrapUpTest {
  private final Headgate headgate = Headgate.builder().build();
  private final Agent agent = headgate.agent("agent");
  // A thousand nano-dollars a token.
  private final Target model = headgate.target("model", t -> t.maxOutputTokens(1_000).price(1, 1));
  private static final ParkPolicy HELD =
      ParkPolicy.atBudget().then(ParkPolicy.Action.REFUSE, Duration.ofHours(1));
  private final Job job = headgate.job("report", j -> j.tokenBudget(1_000).wrapUpPercent(20));

  @AfterEach
  void conserved() {
    headgate.close();
    Rest.assertConserved(headgate);
  }

  private Task<Long> task(Estimate estimate) {
    return SpendingTasks.usingAll(agent, model, estimate);
  }

  private static Refused<?> refused(Job job, Task<?> task) {
    Admission<?> admission = job.submit(task);
    assertThat(admission).isInstanceOf(Refused.class);
    return (Refused<?>) admission;
  }

  @Test
  void othersLeaveWhatIsKeptAndTheLastCallUsesIt() throws Exception {
    assertThat(job.submitOrThrow(task(Estimate.ofInput(100))).join())
        .as("the cap of a call that wants all")
        .isEqualTo(new Completed<>(700L));
    Task<Long> more = task(Estimate.of(1, 0));
    Refused<?> refused = refused(job, more);
    assertThat(refused.reason()).isEqualTo(Refusal.TOKEN_BUDGET);
    assertThat(job.explain(more, refused))
        .contains("needs 1 tokens, but job report has 200 of its 1,000 left (200 tokens, ")
        .contains("of which a last call that wraps up may use 200 tokens");
    assertThat(job.left().tokens()).isEqualTo(200);
    assertThat(job.left().tokensKept()).isEqualTo(200);
    assertThat(job.left().moneyNanos()).isEqualTo(JobSettings.UNLIMITED);
    assertThat(job.left().toString()).startsWith("200 tokens, 3").contains("may use 200 tokens");
    assertThat(job.submitOrThrow(task(Estimate.ofInput(100)).wrapUp()).join())
        .isEqualTo(new Completed<>(100L));
    assertThat(refused(job, task(Estimate.of(1, 0)).wrapUp()).reason())
        .isEqualTo(Refusal.TOKEN_BUDGET);
    assertThat(headgate.snapshot().wrappedUp()).isEqualTo(1);
  }

  @Test
  void aStreamIsCutOffBeforeWhatIsKept() throws Exception {
    var charged = new long[1];
    Task<String> stream = SpendingTasks.streaming(agent, model, charged);
    assertThat(job.submitOrThrow(stream).join()).isInstanceOf(CutOff.class);
    assertThat(charged[0]).isEqualTo(800);
    charged[0] = 0;
    assertThat(job.submitOrThrow(stream.wrapUp()).join()).isInstanceOf(CutOff.class);
    assertThat(charged[0]).isEqualTo(200);
  }

  @Test
  void moneyIsKeptToo() throws Exception {
    Job rich = headgate.job("rich", j -> j.moneyBudget(0.001).wrapUpPercent(50));
    assertThat(refused(rich, task(Estimate.of(501, 0))).reason()).isEqualTo(Refusal.MONEY_BUDGET);
    assertThat(rich.submitOrThrow(task(Estimate.of(500, 0))).join()).isEqualTo(new Completed<>(0L));
    assertThat(rich.left().moneyKeptNanos()).isEqualTo(500_000);
    assertThat(headgate.snapshot().wrappedUp()).as("nothing of that was used").isZero();
    assertThat(rich.submitOrThrow(task(Estimate.of(500, 0)).wrapUp()).join())
        .isEqualTo(new Completed<>(0L));
    assertThat(rich.left().moneyNanos()).isZero();
    assertThat(headgate.snapshot().wrappedUp()).isEqualTo(1);
  }

  @Test
  void aTaskThatWrapsUpUsesFirstWhatIsNotKept() throws Exception {
    assertThat(job.submitOrThrow(task(Estimate.of(800, 0)).wrapUp()).join())
        .isEqualTo(new Completed<>(0L));
    assertThat(headgate.snapshot().wrappedUp()).isZero();
    assertThat(job.submitOrThrow(task(Estimate.of(1, 0)).wrapUp()).join())
        .isEqualTo(new Completed<>(0L));
    assertThat(headgate.snapshot().wrappedUp()).isEqualTo(1);
  }

  @Test
  void whatARaiseCoversAloneWithWhatIsKeptCountsToo() throws Exception {
    Job raised =
        headgate.job("raised", j -> j.tokenBudget(100).wrapUpPercent(20).parkAtBudget(HELD));
    Admitted<Long> last = raised.submitOrThrow(task(Estimate.of(150, 0)).wrapUp());
    assertThat(headgate.snapshot().parked()).isEqualTo(1);
    headgate.operator().tokenBudget("raised", 160, new By("kim", "worth it"));
    assertThat(last.join()).isEqualTo(new Completed<>(0L));
    assertThat(headgate.snapshot().wrappedUp()).isEqualTo(1);
  }

  @Test
  void aRetryThatTakesOfWhatIsKeptIsCountedOnce() throws Exception {
    Target flaky =
        headgate.target(
            "flaky",
            t ->
                t.retry(
                    RetryPolicy.DEFAULT
                        .maxAttempts(4)
                        .backoff(Duration.ofMillis(1), Duration.ofMillis(1))));
    Task<Integer> fails =
        Task.of(
                agent,
                flaky,
                Estimate.of(300, 0),
                attempt -> {
                  attempt.usage(attempt.number() < 3 ? 300 : 40, 0);
                  if (attempt.number() < 4) {
                    throw new CallException(CallClass.UNAVAILABLE, "try again");
                  }
                  return attempt.number();
                })
            .wrapUp();
    assertThat(job.submitOrThrow(fails).join()).isEqualTo(new Completed<>(4));
    // The third attempt is the first for which 800 are not enough; the fourth is of that, too.
    assertThat(headgate.snapshot().wrappedUp()).isEqualTo(1);
  }

  @Test
  void aSubJobTakesWhatIsNotKept() {
    try (Job child = job.split("child", j -> j)) {
      assertThat(child.remainingTokens()).isEqualTo(800);
    }
  }
}
