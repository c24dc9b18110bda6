package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Outcome.Cancelled;
import io.headgate.Outcome.Completed;
import io.headgate.Outcome.CutOff;
import io.headgate.Snapshot.Party;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A job's budget, in tokens and in money: reserved, settled, streamed, raced for, never passed. */
@Timeout(60)
class BudgetTest {
  private final Headgate headgate = Headgate.builder().build();
  private final Agent agent = headgate.agent("agent");
  // 10,000 and 30,000 nano-dollars a token.
  private final Target model = headgate.target("model", t -> t.maxOutputTokens(400).price(10, 30));
  private final Target tool = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void conserved() {
    release.countDown();
    headgate.close();
    Rest.assertConserved(headgate);
  }

  private Job tokens(long budget) {
    return headgate.job(j -> j.tokenBudget(budget));
  }

  private Job nanos(long budget) {
    return headgate.job(
        j ->
            new JobSettings(
                j.tokenBudget(),
                budget,
                j.deadline(),
                j.maxTasks(),
                j.maxDepth(),
                j.maxFanOut(),
                j.maxCalls(),
                j.maxLoops(),
                j.park(),
                j.wrapUpPercent(),
                j.parkAtBudget(),
                j.tokensPerMinute(),
                j.microsPerMinute()));
  }

  private Task<String> task(Estimate estimate, Call<String> call) {
    return Task.<String>of(agent, model, estimate, call);
  }

  private Task<String> held(Estimate estimate) {
    return task(
        estimate,
        attempt -> {
          release.await();
          attempt.usage(0, 0);
          return "held";
        });
  }

  private static Outcome<String> run(Job job, Task<String> task) throws Exception {
    return job.submitOrThrow(task).join();
  }

  private void retired(Job job) {
    job.close();
    Rest.until(() -> headgate.snapshot().openJobs() == 0);
  }

  @Test
  void estimateIsReservedAndSettledToTheActual() throws Exception {
    Job job = tokens(1_000);
    Admitted<String> handle =
        job.submitOrThrow(
            task(
                Estimate.of(300, 200),
                attempt -> {
                  release.await();
                  attempt.usage(10, 5);
                  return "";
                }));
    assertThat(job.remainingTokens()).isEqualTo(500);
    Snapshot during = headgate.snapshot();
    assertThat(during.tokensReserved()).isEqualTo(500);
    assertThat(during.moneyReservedNanos()).isEqualTo(300 * 10_000 + 200 * 30_000);
    release.countDown();
    assertThat(handle.join()).isEqualTo(new Completed<>(""));
    assertThat(job.remainingTokens()).isEqualTo(985);
    Snapshot after = headgate.snapshot();
    assertThat(after.tokensReserved()).isZero();
    assertThat(after.moneyReservedNanos()).isZero();
    assertThat(after.tokensSpent()).isEqualTo(15);
    assertThat(after.moneySpentNanos()).isEqualTo(10 * 10_000 + 5 * 30_000);
    Party ofAgent = after.agents().get(0);
    Party ofModel = after.targets().get(0);
    assertThat(ofModel.id()).isEqualTo("model");
    assertThat(ofAgent.tokensSpent()).isEqualTo(15).isEqualTo(ofModel.tokensSpent());
    assertThat(ofAgent.moneySpentNanos()).isEqualTo(250_000).isEqualTo(ofModel.moneySpentNanos());
    assertThat(after.targets().get(1).tokensSpent()).isZero();
  }

  @Test
  void unknownReservesTheTargetsMaximumAndNothingForATool() {
    Job job = tokens(1_000);
    var _ = job.submitOrThrow(held(Estimate.UNKNOWN));
    assertThat(job.remainingTokens()).isEqualTo(600);
    var _ = job.submitOrThrow(held(Estimate.ofInput(50)));
    assertThat(job.remainingTokens()).isEqualTo(150);
    var _ = job.submitOrThrow(Task.<String>of(agent, tool, attempt -> "" + release.getCount()));
    assertThat(job.remainingTokens()).isEqualTo(150);
  }

  @Test
  void capShrinksToWhatIsLeftAndTheCallSeesIt() throws Exception {
    Job job = tokens(1_000);
    Estimate estimate = new Estimate(300, 2_000, 100);
    var _ = job.submitOrThrow(held(new Estimate(500, 0, 0)));
    var left = new long[1];
    Task<String> shrunk =
        task(
            estimate,
            attempt -> {
              left[0] = job.remainingTokens();
              return "cap " + attempt.maxOutputTokens();
            });
    assertThat(run(job, shrunk)).isEqualTo(new Completed<>("cap 200"));
    assertThat(left[0]).as("left while it ran").isZero();
    assertThat(job.remainingTokens()).as("settled at the whole reservation").isZero();
  }

  @Test
  void refusedOnlyBelowTheTasksMinimum() throws Exception {
    Estimate estimate = new Estimate(300, 2_000, 100);
    Task<String> task = task(estimate, attempt -> "cap " + attempt.maxOutputTokens());
    Job below = tokens(399);
    Refused<?> refused = Rest.refused(below.submit(task));
    assertThat(refused.reason()).isEqualTo(Refusal.TOKEN_BUDGET);
    assertThat(below.explain(task, refused)).contains("needs 400 tokens", "has 399 of its 399");
    assertThat(run(tokens(400), task)).isEqualTo(new Completed<>("cap 100"));
    assertThat(run(tokens(2_299), task)).isEqualTo(new Completed<>("cap 1999"));
    assertThat(run(tokens(9_999), task)).isEqualTo(new Completed<>("cap 2000"));
  }

  @Test
  void useAboveTheReservationIsTakenFromWhatIsLeft() throws Exception {
    Job job = tokens(1_000);
    assertThat(run(job, task(Estimate.of(10, 10), using(100, 200))))
        .isEqualTo(new Completed<>("used"));
    assertThat(job.remainingTokens()).isEqualTo(700);
    assertThat(job.isOpen()).isTrue();
    retired(job);
    assertThat(headgate.snapshot().overspentTokens()).isZero();
  }

  private static Call<String> using(long input, long output) {
    return attempt -> {
      attempt.usage(input, output);
      return "used";
    };
  }

  @Test
  void aLostRaceForTheRestOfABudgetIsNoRefusalThatAnybodySaw() throws Exception {
    var answered = new java.util.concurrent.atomic.LongAdder();
    var model = headgate.target("shrinks", t -> t.maxOutputTokens(1_000));
    Task<String> small =
        Task.<String>of(
            agent,
            model,
            attempt -> {
              attempt.usage(0, 1);
              return "small";
            });
    for (int round = 0; round < 60; round++) {
      Job job = tokens(1_500);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int n = 0; n < 100; n++) {
                        if (job.submit(small) instanceof Refused<String>) {
                          answered.increment();
                        }
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      job.close();
    }
    assertThat(headgate.snapshot().refusals().values().stream().mapToLong(n -> n).sum())
        .isEqualTo(answered.sum());
  }

  @Test
  void overspendIsShownAndClosesTheJob() throws Exception {
    Job job = tokens(100);
    assertThat(run(job, task(Estimate.of(50, 50), using(90, 60))))
        .isEqualTo(new Completed<>("used"));
    assertThat(job.isOpen()).isFalse();
    assertThat(Rest.refused(job.submit(task(Estimate.of(0, 0), using(0, 0)))).reason())
        .isEqualTo(Refusal.JOB_CLOSED);
    retired(job);
    Snapshot after = headgate.snapshot();
    assertThat(after.overspentTokens()).isEqualTo(50);
    assertThat(after.tokensSpent()).isEqualTo(150);
  }

  @Test
  void overspendStopsTheJobsOtherTasksAndIsConserved() throws Exception {
    Job job = tokens(1_000);
    var running = new CountDownLatch(1);
    Admitted<String> other =
        job.submitOrThrow(
            task(
                Estimate.of(450, 450),
                attempt -> {
                  // Much of what it holds comes back after the overspend.
                  attempt.usage(7, 0);
                  running.countDown();
                  release.await();
                  return "never";
                }));
    running.await();
    assertThat(run(job, task(Estimate.of(50, 50), using(90, 60))))
        .isEqualTo(new Completed<>("used"));
    assertThat(other.join()).isEqualTo(new Cancelled<>(Outcome.Cancellation.JOB_CLOSED));
    retired(job);
    assertThat(headgate.snapshot().overspentTokens()).isEqualTo(50);
    assertThat(headgate.audit().violations()).isEmpty();
  }

  @Test
  void streamIsChargedBeyondTheReservationAndCutOffAtTheLimit() throws Exception {
    Job job = tokens(100);
    Outcome<String> outcome =
        run(
            job,
            task(
                Estimate.of(10, 20),
                attempt -> {
                  assertThat(attempt.maxOutputTokens()).isEqualTo(20);
                  assertThat(attempt.charge(15)).isTrue();
                  assertThat(job.remainingTokens()).isEqualTo(70);
                  assertThat(attempt.charge(10)).isTrue();
                  assertThat(job.remainingTokens()).isEqualTo(65);
                  assertThat(attempt.charge(0)).isTrue();
                  assertThat(attempt.charge(65)).isTrue();
                  assertThat(job.remainingTokens()).isZero();
                  assertThat(attempt.charge(1)).isFalse();
                  assertThat(attempt.charge(1)).as("after the cut").isFalse();
                  return "half an ans";
                }));
    assertThat(outcome).isEqualTo(new CutOff<>("half an ans"));
    assertThat(job.remainingTokens()).isZero();
    assertThat(headgate.snapshot().tokensSpent()).isEqualTo(100);
    assertThat(job.isOpen()).as("spent, not overspent").isTrue();
  }

  @Test
  void chargeThatPassesTheLimitTakesWhatThereIs() throws Exception {
    Job job = tokens(100);
    Task<String> task = task(Estimate.of(10, 20), attempt -> "" + attempt.charge(1_000));
    assertThat(run(job, task)).isEqualTo(new CutOff<>("false"));
    assertThat(job.remainingTokens()).isZero();
    assertThat(headgate.snapshot().tokensSpent()).isEqualTo(100);
  }

  @Test
  void chargeWithMoneyTakesWhatTheMoneyCovers() throws Exception {
    Job job = nanos(10 * 10_000 + 35 * 30_000 + 29_999);
    Task<String> task = task(Estimate.of(10, 20), attempt -> "" + attempt.charge(1_000));
    assertThat(run(job, task)).isEqualTo(new CutOff<>("false"));
    assertThat(job.remainingMoneyNanos()).isEqualTo(29_999);
    assertThat(headgate.snapshot().tokensSpent()).isEqualTo(45);
  }

  @Test
  void failedCallSettlesAtItsWholeReservationUnlessItSaysOtherwise() throws Exception {
    Job job = tokens(1_000);
    Task<String> silent =
        task(
            Estimate.of(100, 200),
            attempt -> {
              throw new IllegalStateException("connection reset");
            });
    assertThat(run(job, silent)).isInstanceOf(Outcome.Failed.class);
    assertThat(job.remainingTokens()).isEqualTo(700);
    Task<String> free =
        task(
            Estimate.of(100, 200),
            attempt -> {
              attempt.usage(0, 0);
              throw new IllegalStateException("connection refused");
            });
    assertThat(run(job, free)).isInstanceOf(Outcome.Failed.class);
    assertThat(job.remainingTokens()).isEqualTo(700);
    Task<String> streamed =
        task(
            Estimate.of(100, 200),
            attempt -> {
              var _ = attempt.charge(7);
              throw new IllegalStateException("broken pipe");
            });
    assertThat(run(job, streamed)).isInstanceOf(Outcome.Failed.class);
    assertThat(job.remainingTokens()).isEqualTo(700 - 107);
  }

  @Test
  void moneyAlone() throws Exception {
    Job job = headgate.job(j -> j.moneyBudget(0.01));
    assertThat(job.remainingTokens()).isEqualTo(JobSettings.UNLIMITED);
    Estimate wish = new Estimate(100, 10_000, 50);
    Task<String> shrunk =
        task(
            wish,
            attempt -> {
              attempt.usage(100, 200);
              return "cap " + attempt.maxOutputTokens();
            });
    assertThat(run(job, shrunk)).isEqualTo(new Completed<>("cap 300"));
    assertThat(job.remainingMoneyNanos()).isEqualTo(10_000_000 - 7_000_000);
    assertThat(run(job, shrunk)).as("cap 66, and used more").isEqualTo(new Completed<>("cap 66"));
    assertThat(job.isOpen()).isFalse();
    retired(job);
    assertThat(headgate.snapshot().moneySpentNanos()).isEqualTo(14_000_000);
    Job poor = nanos(100 * 10_000 + 50 * 30_000 - 1);
    Refused<?> refused = Rest.refused(poor.submit(shrunk));
    assertThat(refused.reason()).isEqualTo(Refusal.MONEY_BUDGET);
    assertThat(poor.explain(shrunk, refused)).contains("needs $0.002500", "cheaper target");
    assertThat(poor.submit(Task.<String>of(agent, tool, Estimate.ofInput(99), a -> "")))
        .as("a free tool")
        .isInstanceOf(Admitted.class);
  }

  @Test
  void bothBudgetsAndTheTighterOneShrinksTheCap() throws Exception {
    Task<String> wish =
        task(
            new Estimate(0, 10_000, 1),
            attempt -> {
              attempt.usage(0, 1);
              return "cap " + attempt.maxOutputTokens();
            });
    Job byTokens = headgate.job(j -> j.tokenBudget(10).moneyBudget(1));
    assertThat(run(byTokens, wish)).isEqualTo(new Completed<>("cap 10"));
    assertThat(byTokens.remainingTokens()).isEqualTo(9);
    assertThat(byTokens.remainingMoneyNanos()).isEqualTo(1_000_000_000 - 30_000);
    Job byMoney = headgate.job(j -> j.tokenBudget(1_000).moneyBudget(0.00015));
    assertThat(run(byMoney, wish)).isEqualTo(new Completed<>("cap 5"));
    assertThat(byMoney.remainingTokens()).isEqualTo(999);
    assertThat(byMoney.remainingMoneyNanos()).isEqualTo(120_000);
    Task<String> dear = task(Estimate.of(20, 0), using(0, 0));
    Refused<?> refused = Rest.refused(byMoney.submit(dear));
    assertThat(refused.reason()).isEqualTo(Refusal.MONEY_BUDGET);
    assertThat(byMoney.remainingTokens()).as("given back").isEqualTo(999);
  }

  @Test
  void racingThreadsNeverSpendMoreThanTheBudget() throws Exception {
    long budget = 1_000_000;
    long money = 25_000L * budget;
    Job job =
        headgate.job(
            j ->
                new JobSettings(
                    budget,
                    money,
                    j.deadline(),
                    j.maxTasks(),
                    j.maxDepth(),
                    j.maxFanOut(),
                    j.maxCalls(),
                    j.maxLoops(),
                    j.park(),
                    j.wrapUpPercent(),
                    j.parkAtBudget(),
                    j.tokensPerMinute(),
                    j.microsPerMinute()));
    var spent = new LongAdder();
    var spentMoney = new LongAdder();
    Thread[] threads = new Thread[16];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = Thread.ofPlatform().start(() -> spendAll(job, spent, spentMoney));
    }
    while (threads[0].isAlive()) {
      assertThat(job.remainingTokens()).isBetween(0L, budget);
      assertThat(job.remainingMoneyNanos()).isBetween(0L, money);
      threads[0].join(1);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    // What was reserved while the racers were refused is spent by one alone.
    for (int i = 0; i < 30; i++) {
      spendAll(job, spent, spentMoney);
      Rest.until(() -> headgate.snapshot().waiting() + headgate.snapshot().inFlight() == 0);
    }
    assertThat(spent.sum()).isLessThanOrEqualTo(budget);
    assertThat(spentMoney.sum()).isLessThanOrEqualTo(money);
    assertThat(job.remainingTokens()).isEqualTo(budget - spent.sum());
    assertThat(job.remainingMoneyNanos()).isEqualTo(money - spentMoney.sum());
    assertThat(Math.min(job.remainingTokens() * 25_000, job.remainingMoneyNanos()))
        .as("hardly anything is left")
        .isLessThan(money / 50);
    assertThat(headgate.snapshot().tokensSpent()).isEqualTo(spent.sum());
    assertThat(headgate.snapshot().moneySpentNanos()).isEqualTo(spentMoney.sum());
    retired(job);
    assertThat(headgate.snapshot().overspentTokens()).isZero();
  }

  private void spendAll(Job job, LongAdder spent, LongAdder spentMoney) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    Price price = model.settings().price();
    while (true) {
      long input = random.nextLong(1, 200);
      Estimate estimate = new Estimate(input, random.nextLong(200, 1_000), 100);
      long share = random.nextLong(2, 4);
      Task<String> task =
          task(
              estimate,
              attempt -> {
                long output = attempt.maxOutputTokens() * share / 4;
                if (share == 2) {
                  // By streaming, and past the reservation, without a word on the usage.
                  long more =
                      attempt.charge(attempt.maxOutputTokens()) && attempt.charge(50) ? 50 : 0;
                  if (more == 0) {
                    attempt.usage(input, output);
                  } else {
                    output = attempt.maxOutputTokens() + more;
                  }
                } else {
                  attempt.usage(input, output);
                }
                spent.add(input + output);
                spentMoney.add(price.costNanos(input, output));
                return "";
              });
      if (job.submit(task) instanceof Refused<String>(Refusal reason, var _)) {
        if (reason == Refusal.TOKEN_BUDGET || reason == Refusal.MONEY_BUDGET) {
          return;
        }
        Thread.yield();
      }
    }
  }
}
