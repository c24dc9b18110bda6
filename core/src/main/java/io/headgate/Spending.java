package io.headgate;

/**
 * What a job has reserved and spent at one logical moment, that of its ended sub-jobs included.
 * Counted by the engine from settled attempts, so it may be a few events behind {@link
 * Job#remainingTokens()}. Immutable.
 *
 * @param tokensReserved held by its live tasks and open sub-jobs
 * @param tokensSpent settled
 * @param moneyReservedNanos nano-dollars held by its live tasks and open sub-jobs
 * @param moneySpentNanos nano-dollars settled
 * @param waste what of that was spent without an answer in time
 */
public record Spending(
    long tokensReserved,
    long tokensSpent,
    long moneyReservedNanos,
    long moneySpentNanos,
    Waste waste) {
  /** Nothing yet. */
  public static final Spending NONE = new Spending(0, 0, 0, 0, Waste.NONE);
}
