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
}
