package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Price;
import io.headgate.SpendingLimits;
import io.headgate.admission.SpendingAccount.Reserve;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** Limits on what is spent in all and in a minute: all or nothing, and hard. */
class SpendingAccountTest {
  private static final long SECOND = 1_000_000_000L;

  private final SpendingAccount account =
      new SpendingAccount(SpendingLimits.NONE.tokens(1_000).money(0.001).moneyPerMinute(0.0006));

  @Test
  void reservesAllOrNothing() {
    assertThat(account.tryReserve(1_001, 0, 0)).isEqualTo(Reserve.TOKENS);
    assertThat(account.tryReserve(10, 1_000_001, 0)).isEqualTo(Reserve.MONEY);
    assertThat(account.tryReserve(10, 600_001, 0)).isEqualTo(Reserve.RATE);
    assertThat(account.tokens()).isZero();
    assertThat(account.moneyNanos()).isZero();
    assertThat(account.rate().isFull(0)).isTrue();
    assertThat(account.tryReserve(1_000, 600_000, 0)).isEqualTo(Reserve.DONE);
    assertThat(account.test(1, 0, 0)).isEqualTo(Reserve.TOKENS);
    assertThat(account.test(0, 400_001, 0)).isEqualTo(Reserve.MONEY);
  }

  @Test
  void theMinutesMoneyComesBackWithTime() {
    assertThat(account.tryReserve(0, 600_000, 0)).isEqualTo(Reserve.DONE);
    assertThat(account.test(0, 100_000, 0)).isEqualTo(Reserve.RATE);
    assertThat(account.rateWaitNs(100_000, 0)).isEqualTo(10 * SECOND);
    assertThat(account.test(0, 100_000, 10 * SECOND)).isEqualTo(Reserve.DONE);
  }

  @Test
  void whatWasNotUsedComesBackAndWhatWasReportedBeyondCounts() {
    account.tryReserve(600, 0, 0);
    account.settle(600, 100, 0, 0);
    assertThat(account.tokensLeft()).isEqualTo(900);
    account.tryReserve(900, 0, 0);
    account.settle(900, 5_000, 0, 0);
    assertThat(account.tokens()).isEqualTo(5_100);
    assertThat(account.tokensLeft()).isZero();
    account.limit(SpendingLimits.NONE.tokens(5_101), () -> 0);
    assertThat(account.tryReserve(1, 0, 0))
        .as("after the limit was raised")
        .isEqualTo(Reserve.DONE);
    assertThat(account.tryReserve(1, 0, 0)).isEqualTo(Reserve.TOKENS);
  }

  @Test
  void whatIsReportedOutOfAllMeasureDoesNotOverflow() {
    for (int i = 0; i < 8; i++) {
      account.settle(0, Long.MAX_VALUE, 0, Long.MAX_VALUE);
    }
    assertThat(account.test(1, 0, 0)).isEqualTo(Reserve.TOKENS);
    assertThat(account.test(0, 1, 0)).isEqualTo(Reserve.MONEY);
  }

  @Test
  void theLargestLimitIsHeldAndGivenBackToTheNanoDollar() {
    long large = 3_000_000_000_000_000_000L;
    var most = new SpendingAccount(SpendingLimits.NONE.money(4e9));
    assertThat(most.tryReserve(1, large, 0)).isEqualTo(Reserve.DONE);
    assertThat(most.tryReserve(1, large, 0)).isEqualTo(Reserve.MONEY);
    most.settle(1, 1, large, large - 7);
    assertThat(most.moneyNanos()).isEqualTo(large - 7);
    most.settle(0, 0, large - 7, 0);
    assertThat(most.moneyNanos()).isZero();
  }

  @Test
  void aStreamTakesWhatThereIsInTokensAndInMoney() {
    Price price = Price.perMillionTokens(0, 2); // 2,000 nano-dollars a token
    assertThat(account.takeMore(100, price)).isEqualTo(100);
    assertThat(account.moneyNanos()).isEqualTo(200_000);
    assertThat(account.takeMore(700, price)).as("covered by the money").isEqualTo(400);
    assertThat(account.tokens()).isEqualTo(500);
    assertThat(account.moneyNanos()).isEqualTo(1_000_000);
    assertThat(account.takeMore(700, price)).isZero();
    assertThat(account.takeMore(700, Price.FREE)).as("covered by the tokens").isEqualTo(500);
    assertThat(account.takeMore(1, Price.FREE)).isZero();
  }

  @Test
  void racingThreadsNeverReserveMoreThanTheLimit() throws Exception {
    SpendingAccount raced = new SpendingAccount(SpendingLimits.NONE.tokens(100_000).money(0.05));
    LongAdder tokens = new LongAdder();
    LongAdder money = new LongAdder();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int step = 3 + i;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int j = 0; j < 50_000; j++) {
                      if (raced.tryReserve(step, step * 1_000L, 0) == Reserve.DONE) {
                        tokens.add(step);
                        money.add(step * 1_000L);
                      }
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(raced.tokens()).isEqualTo(tokens.sum()).isLessThanOrEqualTo(100_000);
    assertThat(raced.moneyNanos())
        .isEqualTo(money.sum())
        .isBetween(50_000_000L - 6_000, 50_000_000L);
  }
}
