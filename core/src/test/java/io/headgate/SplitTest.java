package io.headgate;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Outcome.Cancellation;
import io.headgate.Outcome.Cancelled;
import io.headgate.Outcome.Completed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sub-jobs carve their budget, deadline and limits out of a job, and give back what is left. */
@Timeout(60)
class SplitTest {
  private final Headgate headgate = Headgate.builder().maxJobs(512).build();
  private final Agent agent = headgate.agent("agent");
  private final Target model = headgate.target("model", t -> t.price(10, 30));
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void conserved() {
    release.countDown();
    headgate.close();
    Rest.assertConserved(headgate);
  }

  private Task<String> using(long input, long output, Estimate estimate) {
    return Task.<String>of(
        agent,
        model,
        estimate,
        attempt -> {
          attempt.usage(input, output);
          return "used";
        });
  }

  private static void assertLeft(Job job, long tokens) {
    Rest.until(() -> job.remainingTokens() == tokens);
  }

  @Test
  void toDepthAHundredAndBack() throws Exception {
    Job root = headgate.job("root", j -> j.tokenBudget(1_000));
    List<Job> chain = new ArrayList<>(List.of(root));
    for (int depth = 1; depth <= 100; depth++) {
      long budget = 1_000L - depth;
      chain.add(chain.getLast().split("depth-" + depth, j -> j.tokenBudget(budget)));
      assertThat(chain.getLast().isOpen()).as("depth %s", depth).isTrue();
    }
    assertThat(chain.stream().limit(100)).allMatch(job -> job.remainingTokens() == 1);
    assertThat(chain.getLast().remainingTokens()).isEqualTo(900);
    assertThat(chain.getLast().submitOrThrow(using(3, 4, Estimate.of(400, 500))).join())
        .isEqualTo(new Completed<>("used"));
    assertThat(chain.getLast().remainingTokens()).isEqualTo(893);
    assertThat(root.remainingTokens()).isEqualTo(1);
    chain.get(1).close();
    assertLeft(root, 993);
    assertThat(chain.stream().skip(1)).noneMatch(Job::isOpen);
    Rest.until(() -> headgate.snapshot().openJobs() == 1);
    assertThat(root.submitOrThrow(using(993, 0, Estimate.of(993, 0))).join())
        .isEqualTo(new Completed<>("used"));
    assertThat(root.isOpen()).isTrue();
    assertThat(root.remainingTokens()).isZero();
  }

  @Test
  void unlimitedUnderABoundedJobTakesAllThatIsLeft() {
    Job root = headgate.job(j -> j.tokenBudget(1_000).moneyBudget(0.5));
    Job first = root.split("first", j -> j.tokenBudget(300).moneyBudget(0.1));
    Job rest = root.split("rest", j -> j);
    assertThat(rest.settings().tokenBudget()).isEqualTo(700);
    assertThat(rest.settings().moneyBudgetNanos()).isEqualTo(400_000_000);
    assertThat(root.remainingTokens()).isZero();
    assertThat(root.remainingMoneyNanos()).isZero();
    Job none = root.split("none", j -> j);
    assertThat(none.isOpen()).isFalse();
    Refused<?> refused = Rest.refused(none.submit(using(0, 0, Estimate.UNKNOWN)));
    assertThat(refused.reason()).isEqualTo(Refusal.TOKEN_BUDGET);
    rest.close();
    assertLeft(root, 700);
    first.close();
    assertLeft(root, 1_000);
    assertThat(root.remainingMoneyNanos()).isEqualTo(500_000_000);
  }

  @Test
  void underAnUnlimitedJobItIsStillBounded() throws Exception {
    Job root = headgate.job(j -> j);
    Job child = root.split("child", j -> j.tokenBudget(10));
    assertThat(root.remainingTokens()).isEqualTo(JobSettings.UNLIMITED);
    assertThat(Rest.refused(child.submit(using(0, 0, Estimate.of(11, 0)))).reason())
        .isEqualTo(Refusal.TOKEN_BUDGET);
    assertThat(child.submitOrThrow(using(10, 0, Estimate.of(10, 0))).join())
        .isEqualTo(new Completed<>("used"));
  }

  @Test
  void carvingMoreThanIsLeftSaysWhichValueMetWhichBound() {
    Job root = headgate.job("root", j -> j.tokenBudget(1_000).moneyBudget(0.5).maxTasks(1));
    Task<String> task = using(0, 0, Estimate.UNKNOWN);
    Job greedy = root.split("greedy", j -> j.tokenBudget(1_001));
    assertThat(greedy.explain(task, Rest.refused(greedy.submit(task))))
        .startsWith(
            "TOKEN_BUDGET: sub-job greedy needs 1,001 tokens, but job root has 1,000 of its 1,000"
                + " left. ")
        .contains("use a smaller estimate");
    Job dear = root.split("dear", j -> j.tokenBudget(1).moneyBudget(0.6));
    assertThat(dear.explain(task, Rest.refused(dear.submit(task))))
        .startsWith(
            "MONEY_BUDGET: sub-job dear needs $0.600000, but job root has $0.500000 of its"
                + " $0.500000 left. ");
    assertThat(root.remainingTokens()).as("given back").isEqualTo(1_000);
    assertThat(root.split("only", j -> j.tokenBudget(1).moneyBudget(0.1)).isOpen()).isTrue();
    Job second = root.split("second", j -> j.tokenBudget(1).moneyBudget(0.1));
    assertThat(second.explain(task, Rest.refused(second.submit(task))))
        .startsWith("JOB_TASKS_FULL: job root has 1 of its 1 tasks and sub-jobs alive. ");
  }

  @Test
  void deadlineIsCutToTheParents() {
    Job root = headgate.job(j -> j.deadline(ofSeconds(20)));
    Job child = root.split("child", j -> j.deadline(ofHours(5)));
    assertThat(child.remaining()).isLessThanOrEqualTo(root.remaining().plusMillis(1));
    assertThat(child.remaining()).isPositive().isLessThanOrEqualTo(ofSeconds(20));
    Job brief = root.split("brief", j -> j.deadline(ofSeconds(2)));
    assertThat(brief.remaining()).isLessThanOrEqualTo(ofSeconds(2));
    Job inherits = root.split("inherits", j -> j);
    assertThat(inherits.remaining()).isLessThanOrEqualTo(ofSeconds(20));
  }

  @Test
  void restReturnsOnceAndOnlyAfterTheLastReservation() throws Exception {
    Job root = headgate.job(j -> j.tokenBudget(1_000));
    Job child = root.split("child", j -> j.tokenBudget(600));
    var running = new CountDownLatch(1);
    Admitted<String> deaf =
        child.submitOrThrow(
            Task.<String>of(
                agent,
                model,
                Estimate.of(100, 0),
                attempt -> {
                  running.countDown();
                  boolean interrupted = true;
                  while (interrupted) {
                    try {
                      release.await();
                      interrupted = false;
                    } catch (InterruptedException e) {
                      // Deaf.
                    }
                  }
                  attempt.usage(42, 0);
                  return "late";
                }));
    running.await();
    child.close();
    child.close();
    assertThat(deaf.join()).isEqualTo(new Cancelled<>(Cancellation.JOB_CLOSED));
    assertThat(headgate.snapshot().openJobs()).isEqualTo(2);
    assertThat(root.remainingTokens()).as("while its thread runs").isEqualTo(400);
    release.countDown();
    assertLeft(root, 958);
    child.close();
    assertThat(headgate.snapshot().inFlight()).isZero();
    assertThat(root.remainingTokens()).isEqualTo(958);
  }

  @Test
  void closedParentClosesWhatRunsAndWaitsBelow() throws Exception {
    Agent narrow = headgate.agent("narrow", a -> a.maxInFlight(1));
    Job root = headgate.job(j -> j.tokenBudget(1_000));
    Job child = root.split("child", j -> j.tokenBudget(500));
    Job grandchild = child.split("grandchild", j -> j.tokenBudget(200));
    Task<String> held =
        Task.<String>of(
            narrow,
            model,
            Estimate.of(10, 0),
            attempt -> {
              release.await();
              return "never";
            });
    Admitted<String> running = child.submitOrThrow(held);
    Admitted<String> waiting = grandchild.submitOrThrow(held);
    root.close();
    assertThat(running.join()).isEqualTo(new Cancelled<>(Cancellation.JOB_CLOSED));
    assertThat(waiting.join()).isEqualTo(new Cancelled<>(Cancellation.JOB_CLOSED));
    Rest.until(() -> !grandchild.isOpen() && !child.isOpen());
    assertThat(Rest.refused(child.submit(held)).reason()).isEqualTo(Refusal.JOB_CLOSED);
    Rest.until(() -> headgate.snapshot().openJobs() == 0);
  }

  @Test
  void subJobOfAClosedParentRefuses() {
    Job root = headgate.job("root", j -> j);
    root.close();
    Job child = root.split("child", j -> j);
    assertThat(child.isOpen()).isFalse();
    Task<String> task = using(0, 0, Estimate.UNKNOWN);
    Refused<?> refused = Rest.refused(child.submit(task));
    assertThat(refused.reason()).isEqualTo(Refusal.JOB_CLOSED);
    assertThat(child.explain(task, refused)).startsWith("JOB_CLOSED: job root. ");
    assertThat(child.split("deeper", j -> j).isOpen()).isFalse();
  }

  @Test
  void sameIdTwiceIsTheSameSubJobOrAnError() {
    Job root = headgate.job("root", j -> j.tokenBudget(1_000));
    Job other = headgate.job("other", j -> j.tokenBudget(1_000));
    Job child = root.split("child", j -> j.tokenBudget(100));
    assertThat(root.split("child", j -> j.tokenBudget(100))).isSameAs(child);
    assertThat(root.remainingTokens()).isEqualTo(900);
    assertThatThrownBy(() -> root.split("child", j -> j.tokenBudget(101)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("child", "tokenBudget=100,", "tokenBudget=101,", "another id");
    assertThatThrownBy(() -> other.split("child", j -> j.tokenBudget(100)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("child", "sub-job of root", "sub-job of other", "another id");
    assertThatThrownBy(() -> headgate.job("child", j -> j.tokenBudget(100)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("child", "sub-job of root", "job of its own", "another id");
    Job all = root.split("all", j -> j);
    assertThat(root.split("all", j -> j)).as("though nothing is left now").isSameAs(all);
  }

  @Test
  void overspendOfASubJobClosesItsParentAtOnce() throws Exception {
    Job root = headgate.job(j -> j.tokenBudget(1_000));
    Job child = root.split("child", j -> j.tokenBudget(100));
    var running = new CountDownLatch(1);
    Admitted<String> other =
        root.submitOrThrow(
            Task.<String>of(
                agent,
                model,
                Estimate.of(900, 0),
                attempt -> {
                  attempt.usage(5, 0);
                  running.countDown();
                  release.await();
                  return "never";
                }));
    running.await();
    assertThat(child.submitOrThrow(using(150, 0, Estimate.of(100, 0))).join())
        .isEqualTo(new Completed<>("used"));
    assertThat(other.join()).isEqualTo(new Cancelled<>(Cancellation.JOB_CLOSED));
    assertThat(root.isOpen()).isFalse();
    Rest.until(() -> headgate.snapshot().openJobs() == 0);
    assertThat(headgate.snapshot().tokensSpent()).isEqualTo(155);
    assertThat(headgate.snapshot().overspentTokens()).isEqualTo(50);
  }

  @Test
  void racesOfSplitSubmitAndCloseNeverPassTheParentsBudget() throws Exception {
    long budget = 300_000;
    Job root = headgate.job(j -> j.tokenBudget(budget));
    var used = new LongAdder();
    Thread[] threads = new Thread[8];
    for (int i = 0; i < threads.length; i++) {
      int name = i;
      threads[i] = Thread.ofPlatform().start(() -> splitAndSpend(root, name, used));
    }
    while (threads[0].isAlive()) {
      assertThat(root.remainingTokens()).isBetween(0L, budget);
      threads[0].join(1);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    Rest.until(
        () -> {
          Snapshot now = headgate.snapshot();
          return now.openJobs() == 1 && now.inFlight() == 0 && now.waiting() == 0;
        });
    assertThat(used.sum()).isBetween(1L, budget);
    assertThat(root.remainingTokens()).isEqualTo(budget - used.sum());
    assertThat(headgate.snapshot().tokensSpent()).isEqualTo(used.sum());
  }

  private void splitAndSpend(Job root, int name, LongAdder used) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int i = 0; i < 200; i++) {
      long wish = random.nextLong(1, 5_000);
      boolean all = random.nextInt(8) == 0;
      Job child = root.split("s" + name + "-" + i, j -> all ? j : j.tokenBudget(wish));
      Job deeper = child.split("d" + name + "-" + i, j -> j.tokenBudget(Math.max(1, wish / 2)));
      for (Job job : List.of(child, deeper, root)) {
        Task<String> task = spending(random.nextLong(1, 200), random.nextInt(3), used);
        Admission<String> admission = job.submit(task);
        if (admission instanceof Admitted<String> handle && random.nextInt(4) == 0) {
          handle.cancel();
        }
      }
      if (random.nextBoolean()) {
        deeper.close();
      }
      child.close();
    }
  }

  // Uses what it says that it used, whatever happens to it meanwhile.
  private Task<String> spending(long reserve, int share, LongAdder used) {
    return Task.<String>of(
        agent,
        model,
        Estimate.of(reserve, 0),
        attempt -> {
          long tokens = reserve * share / 2;
          attempt.usage(tokens, 0);
          used.add(tokens);
          return "";
        });
  }
}
