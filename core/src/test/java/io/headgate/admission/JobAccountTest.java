package io.headgate.admission;

import static io.headgate.JobSettings.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.admission.JobAccount.Reserve;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A job never spends more than its budget, and what it does not spend returns exactly once. */
@Timeout(60)
class JobAccountTest {
  private static final int THREADS = 4;

  private static JobAccount account(long tokens, long money, int maxLive) {
    return new JobAccount(0, null, Long.MAX_VALUE, tokens, money, maxLive);
  }

  // As Jobs.split does: the parent reserves what the child may spend.
  private static JobAccount carve(JobAccount parent, long tokens, long money) {
    assertThat(parent.tryReserve(tokens, money)).isEqualTo(Reserve.DONE);
    return new JobAccount(1, parent, Long.MAX_VALUE, tokens, money, 10);
  }

  @Test
  void reservesWhatIsLeftAndNoTokenMore() {
    JobAccount job = account(100, UNLIMITED, 10);
    assertThat(job.test(101, 0)).isEqualTo(Reserve.TOKENS);
    assertThat(job.tryReserve(101, 0)).isEqualTo(Reserve.TOKENS);
    assertThat(job.tryReserve(60, 0)).isEqualTo(Reserve.DONE);
    assertThat(job.test(41, 0)).isEqualTo(Reserve.TOKENS);
    assertThat(job.tryReserve(41, 0)).isEqualTo(Reserve.TOKENS);
    assertThat(job.test(40, 0)).isEqualTo(Reserve.DONE);
    assertThat(job.tryReserve(40, 0)).isEqualTo(Reserve.DONE);
    assertThat(job.tokensLeft()).isZero();
    assertThat(job.liveReservations()).isEqualTo(2);
  }

  @Test
  void settlesToTheActual() {
    JobAccount job = account(100, UNLIMITED, 10);
    assertThat(job.tryReserve(60, 0)).isEqualTo(Reserve.DONE);
    assertThat(job.settle(60, 25, 0, 0)).isFalse();
    assertThat(job.tokensLeft()).isEqualTo(75);
    assertThat(job.liveReservations()).isZero();
  }

  @Test
  void useBeyondTheReservationIsTakenFromWhatIsLeft() {
    JobAccount job = account(100, 1_000, 10);
    assertThat(job.tryReserve(10, 100)).isEqualTo(Reserve.DONE);
    assertThat(job.settle(10, 100, 100, 1_000)).isFalse();
    assertThat(job.tokensLeft()).isZero();
    assertThat(job.moneyLeft()).isZero();
    assertThat(job.overspentTokens()).isZero();
    assertThat(job.isClosed()).isFalse();
  }

  @Test
  void whatTheBudgetDoesNotCoverIsShownAndClosesIt() {
    JobAccount job = account(100, UNLIMITED, 10);
    assertThat(job.tryReserve(10, 0)).isEqualTo(Reserve.DONE);
    assertThat(job.settle(10, 103, 0, 0)).isTrue();
    assertThat(job.overspentTokens()).isEqualTo(3);
    assertThat(job.tokensLeft()).isZero();
    assertThat(job.tryReserve(0, 0)).isEqualTo(Reserve.CLOSED);
  }

  @Test
  void moneyThatTheBudgetDoesNotCoverClosesItToo() {
    JobAccount job = account(UNLIMITED, 100, 10);
    assertThat(job.tryReserve(1, 10)).isEqualTo(Reserve.DONE);
    assertThat(job.settle(1, 1, 10, 101)).isTrue();
    assertThat(job.moneyLeft()).isZero();
    assertThat(job.isClosed()).isTrue();
  }

  @Test
  void moneyBesideTokensAllOrNothing() {
    JobAccount job = account(100, 50, 10);
    assertThat(job.test(10, 51)).isEqualTo(Reserve.MONEY);
    assertThat(job.tryReserve(10, 51)).isEqualTo(Reserve.MONEY);
    assertThat(job.tokensLeft()).as("tokens given back").isEqualTo(100);
    assertThat(job.liveReservations()).isZero();
    assertThat(job.tryReserve(10, 50)).isEqualTo(Reserve.DONE);
    assertThat(job.moneyLeft()).isZero();
    assertThat(job.tryReserve(101, 1)).as("tokens come first").isEqualTo(Reserve.TOKENS);
    assertThat(job.settle(10, 4, 50, 20)).isFalse();
    assertThat(job.tokensLeft()).isEqualTo(96);
    assertThat(job.moneyLeft()).isEqualTo(30);
  }

  @Test
  void enlargesToWhatIsLeft() {
    JobAccount job = account(100, 50, 10);
    assertThat(job.tryReserve(10, 10)).isEqualTo(Reserve.DONE);
    assertThat(job.enlarge(30)).isEqualTo(30);
    assertThat(job.tryEnlargeMoney(41, false)).isFalse();
    assertThat(job.tryEnlargeMoney(40, false)).isTrue();
    assertThat(job.enlarge(61)).as("only what is left").isEqualTo(60);
    assertThat(job.enlarge(1)).isZero();
    assertThat(job.settle(100, 55, 50, 22)).isFalse();
    assertThat(job.tokensLeft()).isEqualTo(45);
    assertThat(job.moneyLeft()).isEqualTo(28);
  }

  @Test
  void boundsLiveReservations() {
    JobAccount job = account(100, UNLIMITED, 2);
    assertThat(job.tryReserve(1, 0)).isEqualTo(Reserve.DONE);
    assertThat(job.tryReserve(1, 0)).isEqualTo(Reserve.DONE);
    assertThat(job.test(1, 0)).isEqualTo(Reserve.TASKS_FULL);
    assertThat(job.tryReserve(1, 0)).isEqualTo(Reserve.TASKS_FULL);
    job.settle(1, 0, 0, 0);
    assertThat(job.tryReserve(1, 0)).isEqualTo(Reserve.DONE);
  }

  @Test
  void closedItTakesNothingButSettles() {
    JobAccount job = account(100, UNLIMITED, 10);
    assertThat(job.tryReserve(40, 0)).isEqualTo(Reserve.DONE);
    job.closeAccount();
    job.closeAccount();
    assertThat(job.isClosed()).isTrue();
    assertThat(job.test(0, 0)).isEqualTo(Reserve.CLOSED);
    assertThat(job.tryReserve(0, 0)).isEqualTo(Reserve.CLOSED);
    assertThat(job.enlarge(10)).as("a call that streams on").isEqualTo(10);
    assertThat(job.settle(50, 45, 0, 0)).isFalse();
    assertThat(job.tokensLeft()).isEqualTo(55);
    assertThat(job.isClosed()).isTrue();
  }

  @Test
  void aSubJobReturnsItsRestWhenClosedAndSettledAndOnlyThen() {
    JobAccount parent = account(1_000, 500, 10);
    JobAccount child = carve(parent, 400, 200);
    assertThat(parent.tokensLeft()).isEqualTo(600);
    assertThat(parent.moneyLeft()).isEqualTo(300);
    assertThat(child.tryReserve(100, 50)).isEqualTo(Reserve.DONE);
    child.closeAccount();
    assertThat(parent.tokensLeft()).as("while a reservation lives").isEqualTo(600);
    assertThat(parent.liveReservations()).isEqualTo(1);
    child.settle(100, 70, 50, 35);
    assertThat(parent.tokensLeft()).isEqualTo(930);
    assertThat(parent.moneyLeft()).isEqualTo(465);
    assertThat(parent.liveReservations()).isZero();
    child.closeAccount();
    assertThat(parent.tokensLeft()).as("closed again").isEqualTo(930);
  }

  @Test
  void aSubJobsOverspendIsChargedToItsParent() {
    JobAccount parent = account(1_000, UNLIMITED, 10);
    JobAccount child = carve(parent, 400, 1);
    assertThat(child.tryReserve(400, 0)).isEqualTo(Reserve.DONE);
    assertThat(child.settle(400, 450, 0, 0)).isTrue();
    assertThat(parent.tokensLeft()).isEqualTo(550);
    assertThat(parent.isClosed()).isFalse();
    JobAccount greedy = carve(parent, 550, 1);
    assertThat(greedy.tryReserve(550, 0)).isEqualTo(Reserve.DONE);
    assertThat(greedy.settle(550, 560, 0, 0)).isTrue();
    assertThat(parent.tokensLeft()).isZero();
    assertThat(parent.overspentTokens()).isEqualTo(10);
    assertThat(parent.isClosed()).as("what it cannot cover closes it").isTrue();
  }

  @Test
  void anUnboundedSubJobChargesWhatItSpent() {
    JobAccount parent = account(UNLIMITED, UNLIMITED, 10);
    long before = parent.tokensLeft();
    assertThat(parent.tryReserve(0, 0)).isEqualTo(Reserve.DONE);
    var child = new JobAccount(1, parent, Long.MAX_VALUE, UNLIMITED, UNLIMITED, 10);
    assertThat(child.tryReserve(10, 3)).isEqualTo(Reserve.DONE);
    child.settle(10, 7, 3, 2);
    child.closeAccount();
    assertThat(parent.tokensLeft()).isEqualTo(before - 7);
    assertThat(parent.liveReservations()).isZero();
  }

  @Test
  void aThousandLevelsReturnTheirRestInOneStep() {
    int depth = 1_000;
    List<JobAccount> levels = new ArrayList<>();
    levels.add(account(10_000, 20_000, 10));
    for (int i = 1; i <= depth; i++) {
      levels.add(carve(levels.get(i - 1), 10_000 - i, 20_000 - i));
    }
    JobAccount deepest = levels.get(depth);
    assertThat(deepest.tryReserve(9_000, 19_000)).isEqualTo(Reserve.DONE);
    levels.reversed().forEach(JobAccount::closeAccount);
    JobAccount root = levels.get(0);
    assertThat(root.tokensLeft()).isEqualTo(1);
    deepest.settle(9_000, 1_234, 19_000, 4_321);
    assertThat(root.tokensLeft()).isEqualTo(10_000 - 1_234);
    assertThat(root.moneyLeft()).isEqualTo(20_000 - 4_321);
    assertThat(levels).allMatch(level -> level.liveReservations() == 0);
  }

  /** Threads reserve, enlarge, settle and close; a ledger that is never ahead stays in budget. */
  @RepeatedTest(5)
  void racersNeverPassTheBudget(RepetitionInfo repetition) throws Exception {
    long budget = 10_000;
    long moneyBudget = 7_000;
    JobAccount job = account(budget, moneyBudget, 6);
    // Reserved or spent for certain: raised after a reservation, lowered before its settlement.
    var held = new AtomicLong();
    var heldMoney = new AtomicLong();
    var spent = new AtomicLong();
    var spentMoney = new AtomicLong();
    var live = new AtomicLong();
    List<Racer> racers = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      var random = new SplittableRandom(100L * repetition.getCurrentRepetition() + t);
      racers.add(
          () -> {
            for (int i = 0; i < 20_000 && job.tokensLeft() > 0; i++) {
              long tokens = random.nextLong(3_000);
              long money = random.nextLong(2_000);
              if (job.tryReserve(tokens, money) != Reserve.DONE) {
                continue;
              }
              assertThat(live.incrementAndGet()).isLessThanOrEqualTo(6);
              assertThat(held.addAndGet(tokens)).isLessThanOrEqualTo(budget);
              assertThat(heldMoney.addAndGet(money)).isLessThanOrEqualTo(moneyBudget);
              long extra = random.nextInt(4) == 0 ? job.enlarge(random.nextLong(500)) : 0;
              assertThat(held.addAndGet(extra)).isLessThanOrEqualTo(budget);
              long reserved = tokens + extra;
              // Seldom uses anything, so that it goes on for long.
              boolean uses = random.nextInt(200) == 0;
              long actual = uses ? random.nextLong(reserved / 4 + 1) : 0;
              long actualMoney = uses ? random.nextLong(money / 8 + 1) : 0;
              spent.addAndGet(actual);
              spentMoney.addAndGet(actualMoney);
              held.addAndGet(actual - reserved);
              heldMoney.addAndGet(actualMoney - money);
              live.decrementAndGet();
              assertThat(job.settle(reserved, actual, money, actualMoney)).isFalse();
              assertThat(job.tokensLeft()).isBetween(0L, budget);
              assertThat(job.moneyLeft()).isBetween(0L, moneyBudget);
            }
          });
    }
    race(racers);
    assertThat(job.tokensLeft()).isEqualTo(budget - spent.get());
    assertThat(job.moneyLeft()).isEqualTo(moneyBudget - spentMoney.get());
    assertThat(job.liveReservations()).isZero();
    assertThat(spent.get()).isPositive();
  }

  /** Providers report more than was reserved, in every thread: to the token, nothing is hidden. */
  @RepeatedTest(3)
  void racersOverspendIsNeitherLostNorCountedTwice() throws Exception {
    for (int round = 0; round < 100; round++) {
      JobAccount parent = account(1_000_000, 1_000_000, 10);
      JobAccount child = carve(parent, 100, 100);
      long charged = 0;
      List<Racer> racers = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        assertThat(child.tryReserve(10, 10)).isEqualTo(Reserve.DONE);
        long actual = 50L + t;
        charged += actual;
        racers.add(() -> child.settle(10, actual, 10, 2 * actual));
      }
      race(racers);
      assertThat(child.isClosed()).isTrue();
      assertThat(child.tokensLeft()).isZero();
      assertThat(child.overspentTokens()).isEqualTo(charged - 100);
      assertThat(parent.tokensLeft()).isEqualTo(1_000_000 - charged);
      assertThat(parent.moneyLeft()).isEqualTo(1_000_000 - 2 * charged);
      assertThat(parent.liveReservations()).isZero();
    }
  }

  /** Parent and sub-jobs race for one budget; sub-jobs are closed while they settle. */
  @RepeatedTest(3)
  void parentAndChildrenTogetherNeverPassTheParentsBudget(RepetitionInfo repetition)
      throws Exception {
    long budget = 5_000;
    JobAccount parent = account(budget, UNLIMITED, 50);
    var held = new AtomicLong();
    var spent = new AtomicLong();
    List<Racer> racers = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      var random = new SplittableRandom(977L * repetition.getCurrentRepetition() + t);
      racers.add(
          () -> {
            for (int i = 0; i < 1_500; i++) {
              long carved = 1 + random.nextLong(2_500);
              if (parent.tryReserve(carved, 0) != Reserve.DONE) {
                continue;
              }
              assertThat(held.addAndGet(carved)).isLessThanOrEqualTo(budget);
              var child = new JobAccount(1, parent, Long.MAX_VALUE, carved, UNLIMITED, 3);
              long tokens = random.nextLong(carved + 1);
              assertThat(child.tryReserve(tokens, 0)).isEqualTo(Reserve.DONE);
              long actual = random.nextInt(100) == 0 ? random.nextLong(1 + tokens / 8) : 0;
              spent.addAndGet(actual);
              held.addAndGet(actual - carved);
              if (random.nextBoolean()) {
                child.closeAccount();
                child.settle(tokens, actual, 0, 0);
              } else {
                Thread closer = Thread.startVirtualThread(child::closeAccount);
                child.settle(tokens, actual, 0, 0);
                closer.join();
              }
            }
          });
    }
    race(racers);
    assertThat(parent.tokensLeft()).isEqualTo(budget - spent.get());
    assertThat(parent.liveReservations()).isZero();
    assertThat(spent.get()).isBetween(1L, budget);
  }

  private interface Racer {
    void run() throws Exception;
  }

  private static void race(List<Racer> racers) throws InterruptedException {
    var go = new AtomicBoolean();
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (Racer racer : racers) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!go.get()) {
                      Thread.yield();
                    }
                    try {
                      racer.run();
                    } catch (Throwable t) { // told to the test's own thread
                      synchronized (failures) {
                        failures.add(t);
                      }
                    }
                  }));
    }
    go.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
  }
}
