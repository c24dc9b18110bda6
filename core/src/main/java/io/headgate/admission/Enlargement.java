package io.headgate.admission;

import io.headgate.Price;

/**
 * What a call holds beyond its reservation, since its answer streamed past it. One for each
 * attempt, guarded by what guards the attempt's other books.
 */
public final class Enlargement {
  private long tokens;
  private long moneyNanos;

  /** Tokens held. */
  public long tokens() {
    return tokens;
  }

  /** Nano-dollars held. */
  public long moneyNanos() {
    return moneyNanos;
  }

  /**
   * What a call comes to that used so much. As long as that is within what is held for it, no more
   * than was held: a price that was raised meanwhile counts for what is admitted from then on.
   */
  public long costNanos(long inputTokens, long outputTokens, Reservation task, Price price) {
    long cost = price.costNanos(inputTokens, outputTokens);
    boolean isHeld =
        inputTokens <= task.inputTokens() && outputTokens <= task.outputTokens() + tokens;
    return isHeld ? Math.min(cost, task.moneyNanos() + moneyNanos) : cost;
  }

  /**
   * Enlarges a live reservation by so many output tokens or, if the job's budget or a limit has
   * less, by what there is.
   *
   * @return the tokens that are covered, in money too
   */
  public long by(long missing, Reservation task, Price price, Gates gates) {
    long allowed = gates.takeMore(task, missing, price);
    JobAccount account = task.account();
    long held = account.enlarge(allowed, task.wrapsUp());
    long covered = held;
    long money = price.costNanos(0, covered);
    while (money > 0 && !account.tryEnlargeMoney(money, task.wrapsUp())) {
      long left = account.moneyLeft(task.wrapsUp());
      if (left < money) {
        covered = price.affordableOutputTokens(left, 0);
        money = price.costNanos(0, covered);
      }
    }
    gates.giveBackMore(task, allowed - held, price.costNanos(0, allowed) - money);
    tokens += held;
    moneyNanos += money;
    return covered;
  }
}
