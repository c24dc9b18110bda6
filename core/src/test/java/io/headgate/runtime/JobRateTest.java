package io.headgate.runtime;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Outcome.CutOff;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.RetryPolicy;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.admission.JobAccount;
import io.headgate.admission.JobRates;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a job may spend in a minute, its sub-jobs included, under a clock that the test moves. */
@Timeout(60)
class JobRateTest {
  private static final long MS = 1_000_000;

  private final CachedNanoClock clock = new CachedNanoClock();
  private final LiveHeadgate headgate =
      LiveHeadgate.stepped(HeadgateSettings.DEFAULT, clock, () -> 0);
  private final Agent agent = headgate.agent("agent");
  // A micro-dollar a token.
  private final Target model = headgate.target("model", t -> t.price(1, 1).retry(RetryPolicy.OFF));

  private Job job(UnaryOperator<JobSettings> change) {
    return headgate.job("job", j -> change.apply(j.deadline(ofMinutes(60))));
  }

  private Task<String> task(long tokens, long used) {
    return Task.of(
        agent,
        model,
        Estimate.of(tokens, 0),
        attempt -> {
          attempt.usage(used, 0);
          return "";
        });
  }

  private static Refused<?> refused(Admission<?> admission) {
    assertThat(admission).isInstanceOf(Refused.class);
    return (Refused<?>) admission;
  }

  private void finish(Admitted<?> task) {
    while (task.outcome().isEmpty()) {
      headgate.step();
    }
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }

  private static JobRates ratesOf(Job job) {
    JobRates rates = ((JobAccount) job).rates();
    assertThat(rates).isNotNull();
    return rates;
  }

  @Test
  void whoIsNotLimitedHasNoBuckets() {
    Job job = job(j -> j);
    assertThat(((JobAccount) job).rates()).isNull();
    assertThat(((JobAccount) job.split("part", j -> j)).rates()).isNull();
    assertThat(job.settings().tokensPerMinute()).isEqualTo(JobSettings.UNLIMITED);
  }

  @Test
  void saysWhenToComeBackAndThenLetsIn() {
    Job job = job(j -> j.tokensPerMinute(60));
    job.submitOrThrow(task(60, 60));
    Refused<?> refused = refused(job.submit(task(3, 3)));
    assertThat(refused.reason()).isEqualTo(Refusal.JOB_RATE);
    assertThat(refused.reason().retryable()).isTrue();
    // Three seconds, rounded up by an eighth at most.
    assertThat(refused.retryAfter()).isBetween(ofSeconds(3), ofMillis(3_375));
    assertThat(job.explain(task(3, 3), refused))
        .contains("JOB_RATE: needs 3 tokens, and job job gets 60 a minute. ");
    clock.advance(2_999 * MS);
    headgate.step();
    assertThat(refused(job.submit(task(3, 3))).reason()).isEqualTo(Refusal.JOB_RATE);
    clock.advance(MS);
    headgate.step();
    assertThat(job.submit(task(3, 3))).isInstanceOf(Admitted.class);
    Job other = headgate.job(j -> j);
    assertThat(other.submit(task(60, 60))).as("of another job").isInstanceOf(Admitted.class);
  }

  @Test
  void whatIsNotUsedIsGivenBackAndWhatIsUsedBeyondIsDebt() throws Exception {
    Job job = job(j -> j.tokensPerMinute(600));
    finish(job.submitOrThrow(task(600, 100)));
    finish(job.submitOrThrow(task(500, 500)));
    assertThat(refused(job.submit(task(1, 1))).reason()).isEqualTo(Refusal.JOB_RATE);
    clock.advance(60_000 * MS);
    headgate.step();
    var charged = new long[1];
    Task<String> stream =
        Task.of(
            agent,
            model,
            Estimate.of(0, 100),
            attempt -> {
              while (charged[0] < 900 && attempt.charge(50)) {
                charged[0] += 50;
              }
              return "part";
            });
    Admitted<String> streamed = job.submitOrThrow(stream);
    finish(streamed);
    assertThat(streamed.join())
        .as("a limit a minute cuts nobody off")
        .isNotInstanceOf(CutOff.class);
    assertThat(charged[0]).isEqualTo(900);
    Refused<?> refused = refused(job.submit(task(1, 1)));
    // 301 tokens at ten a second.
    assertThat(refused.retryAfter()).isBetween(ofMillis(30_100), ofMillis(30_100 * 9 / 8));
  }

  @Test
  void moneyIsLimitedLikewise() {
    Job job = job(j -> j.moneyPerMinute(0.000_060));
    assertThat(job.settings().microsPerMinute()).isEqualTo(60);
    job.submitOrThrow(task(58, 58));
    Refused<?> refused = refused(job.submit(task(5, 5)));
    assertThat(refused.reason()).isEqualTo(Refusal.JOB_MONEY_RATE);
    assertThat(refused.retryAfter()).isBetween(ofSeconds(3), ofMillis(3_375));
    assertThat(job.explain(task(5, 5), refused))
        .contains("needs $0.000005, and job job may spend $0.000060 a minute. ");
    Refused<?> never = refused(job.submit(task(61, 61)));
    assertThat(never.reason()).isEqualTo(Refusal.EXCEEDS_BURST);
    assertThat(job.explain(task(61, 61), never))
        .contains("; it needs $0.000061, and job job may spend $0.000060 a minute. ");
  }

  @Test
  void whatAPartSpendsIsSpentByTheWhole() {
    Job job = job(j -> j.tokensPerMinute(60));
    Job part = job.split("part", j -> j.tokensPerMinute(50));
    Job other = job.split("other", j -> j);
    part.submitOrThrow(task(50, 50));
    Refused<?> own = refused(part.submit(task(1, 1)));
    assertThat(own.reason()).isEqualTo(Refusal.JOB_RATE);
    assertThat(own.retryAfter()).as("by its own rate").isGreaterThan(ofSeconds(1));
    assertThat(part.explain(task(1, 1), own))
        .contains("job part gets 50 a minute and 60 a minute with all of job job. ");
    other.submitOrThrow(task(10, 10));
    assertThat(refused(other.submit(task(1, 1))).reason()).isEqualTo(Refusal.JOB_RATE);
    assertThat(refused(job.submit(task(1, 1))).reason()).isEqualTo(Refusal.JOB_RATE);
    assertThat(refused(part.submit(task(55, 55))).reason())
        .as("its own bucket never holds that")
        .isEqualTo(Refusal.EXCEEDS_BURST);
  }

  @Test
  void whatALaterGateRefusesIsGivenBack() {
    Job job = job(j -> j.tokensPerMinute(60).moneyPerMinute(0.000_060).maxTasks(1));
    job.submitOrThrow(task(10, 10));
    for (int i = 0; i < 100; i++) {
      assertThat(refused(job.submit(task(40, 40))).reason()).isEqualTo(Refusal.JOB_TASKS_FULL);
    }
    assertThat(ratesOf(job).tokens().waitNs(50, clock.nanoTime())).isZero();
    assertThat(ratesOf(job).money().waitNs(50, clock.nanoTime())).isZero();
    assertThat(ratesOf(job).tokens().waitNs(51, clock.nanoTime())).isPositive();
  }

  @Test
  void aRetryTakesAgainAndSettlesBack() throws Exception {
    Target flaky =
        headgate.target(
            "flaky",
            t ->
                t.retry(RetryPolicy.DEFAULT.maxAttempts(2).backoff(ofMillis(1), ofMillis(1)))
                    .breaker(io.headgate.BreakerPolicy.OFF)
                    .agentBreaker(io.headgate.BreakerPolicy.OFF));
    var runs = new int[1];
    Task<String> task =
        Task.of(
            agent,
            flaky,
            Estimate.of(100, 0),
            attempt -> {
              attempt.usage(40, 0);
              if (++runs[0] == 1) {
                throw new java.net.ConnectException("down");
              }
              return "";
            });
    Job job = job(j -> j.tokensPerMinute(200));
    Admitted<String> handle = job.submitOrThrow(task);
    while (handle.outcome().isEmpty()) {
      clock.advance(10_000); // its back-off passes; in so short a time nothing is refilled
      headgate.step();
    }
    assertThat(runs[0]).isEqualTo(2);
    long refilled = clock.nanoTime() * 200 / 60_000_000_000L;
    assertThat(ratesOf(job).tokens().waitNs(121 + refilled, clock.nanoTime())).isPositive();
    assertThat(ratesOf(job).tokens().waitNs(120, clock.nanoTime())).isZero();
  }

  @Test
  void manyThreadsTakeNoMoreThanThereIsAndAllComesBack() throws Exception {
    Job job = job(j -> j.tokensPerMinute(10_000).moneyPerMinute(1));
    List<Job> parts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      parts.add(i % 2 == 0 ? job : job.split("part-" + i, j -> j.tokensPerMinute(7_000)));
    }
    var taken = new LongAdder();
    var start = new CyclicBarrier(4);
    List<Admitted<String>> admitted = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (Job part : parts) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      start.await();
                    } catch (Exception e) {
                      throw new AssertionError(e);
                    }
                    for (int i = 0; i < 2_000; i++) {
                      if (part.submit(task(7, 0)) instanceof Admitted<String> handle) {
                        taken.add(7);
                        admitted.add(handle);
                      }
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    // Nothing was settled yet: no turn of the dispatcher, and the clock stands still.
    assertThat(taken.sum()).isEqualTo(10_000 / 7 * 7);
    admitted.forEach(this::finish);
    for (Job part : parts) {
      assertThat(ratesOf(part).tokens().isFull(clock.nanoTime())).isTrue();
      assertThat(ratesOf(part).money().isFull(clock.nanoTime())).isTrue();
    }
  }
}
