package io.headgate.simulation;

import io.headgate.SpendingLimits;
import io.headgate.admission.SpendingAccount;
import org.jspecify.annotations.Nullable;

/**
 * What the referee counts as reserved and spent under the limits of an agent, or of all together,
 * from the moment a limit was first set.
 */
final class LimitBooks {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final double NS_PER_MINUTE = 60e9;

  private final Books.Bucket rate = new Books.Bucket();
  private long tokens;
  private long money;

  void rate(SpendingLimits limits) {
    rate.rated = limits.microsPerMinute() != SpendingLimits.UNLIMITED;
    rate.tokensPerNs = limits.microsPerMinute() / NS_PER_MINUTE;
    rate.burst = limits.microsPerMinute();
  }

  void rateChanged() {
    rate.changed = true;
  }

  void take(long takenTokens, long takenMoney, long nowNs, boolean undisturbed, boolean others) {
    tokens += takenTokens;
    money += takenMoney;
    rate.take(micros(takenMoney), nowNs, undisturbed, others);
  }

  /** What is taken for one that was let in before: its minute's money is debt. */
  void fund(VirtualTask task, long nowNs, boolean others, long doneNs) {
    tokens += task.wantedTokens();
    money += task.wantedMoneyNanos();
    rate.settle(0, micros(task.wantedMoneyNanos()), nowNs, nowNs, others, doneNs);
  }

  /** It goes on holding so much money only. */
  void lower(VirtualTask task, long left, long notedNs, boolean others, long doneNs) {
    money -= task.moneyNanos() - left;
    rate.settle(micros(task.moneyNanos()), micros(left), notedNs, notedNs, others, doneNs);
  }

  void enlarge(long moreTokens, long moreMoney) {
    tokens += moreTokens;
    money += moreMoney;
  }

  void settle(
      VirtualTask task,
      long extraTokens,
      long extraMoney,
      long usedTokens,
      long usedMoney,
      long nowNs,
      long notedNs,
      boolean others,
      long doneNs) {
    tokens += usedTokens - task.tokens() - extraTokens;
    money += usedMoney - task.moneyNanos() - extraMoney;
    rate.settle(micros(task.moneyNanos()), micros(usedMoney), nowNs, notedNs, others, doneNs);
  }

  /** What was just taken was within the limits. What takes nothing is let in beyond them, too. */
  void checkWithin(Object whose, SpendingLimits limits, long takenTokens, long takenMoney) {
    check(takenTokens == 0 || tokens <= limits.tokens(), whose, "tokens", tokens, limits.tokens());
    check(
        takenMoney == 0 || money <= limits.moneyNanos(),
        whose,
        "nano-dollars",
        money,
        limits.moneyNanos());
  }

  /** What was just taken was within the minute's money; what streams past it is debt. */
  void checkRate(Object whose, SpendingLimits limits, long takenMoney, long slack) {
    rate.changed |= limits.microsPerMinute() != rate.burst; // raised before calm weather
    if (takenMoney > 0 && rate.rated && !rate.changed) {
      double most = rate.burst + rate.doubt + slack + rate.takes + rate.burst * 1e-6;
      check(rate.missing <= most, whose, "micro-dollars", (long) rate.missing, (long) most);
    }
  }

  private static void check(boolean holds, Object whose, String what, long has, long limit) {
    if (!holds) {
      throw new Violation(whose + " has reserved and spent " + has + " " + what + " of " + limit);
    }
  }

  boolean lacksTokens(long wanted, SpendingLimits limits) {
    return tokens + wanted > limits.tokens();
  }

  boolean lacksMoney(long wanted, SpendingLimits limits) {
    return money + wanted > limits.moneyNanos();
  }

  static long micros(long nanos) {
    return Math.ceilDiv(nanos, NANOS_PER_MICRO);
  }

  /** Where nobody is between two steps, the account is what is counted here. */
  void checkAccount(Object whose, @Nullable SpendingAccount account) {
    if (account != null && (account.tokens() != tokens || account.moneyNanos() != money)) {
      throw new Violation(
          whose
              + " has reserved and spent "
              + account.tokens()
              + " tokens and "
              + account.moneyNanos()
              + " nano-dollars by its account, and counted are "
              + tokens
              + " and "
              + money);
    }
  }
}
