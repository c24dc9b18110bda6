package io.headgate.admission;

/**
 * What a job had used before the process that opened it died.
 *
 * @param tokens spent
 * @param moneyNanos nano-dollars spent
 * @param calls admitted, those of its parts included
 * @param begun whether a task of it has started
 */
public record Carried(long tokens, long moneyNanos, long calls, boolean begun) {
  /** Nothing: the job is new. */
  public static final Carried NOTHING = new Carried(0, 0, 0, false);

  /** Both together. */
  Carried plus(Carried other) {
    return new Carried(
        tokens + other.tokens,
        moneyNanos + other.moneyNanos,
        calls + other.calls,
        begun || other.begun);
  }

  /** What was spent, without the calls: what a part that is gone leaves to its job. */
  public Carried spentAlone() {
    return new Carried(tokens, moneyNanos, 0, false);
  }
}
