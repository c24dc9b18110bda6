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
 * @param tokensLastMinute of those tokens, the ones settled in the last minute, that of sub-jobs
 *     that ended within it included. Counted in two slices that begin with whole minutes since the
 *     start: the present one, and of the one before it the part that lies within the last 60 s, as
 *     if it had been spent evenly; so it is off by less than what that slice holds. 0 when nothing
 *     was spent for two minutes; of a job of which nothing is left, what it was then
 * @param moneyLastMinuteNanos nano-dollars likewise
 * @param waste what of that was spent without an answer in time
 */
public record Spending(
    long tokensReserved,
    long tokensSpent,
    long moneyReservedNanos,
    long moneySpentNanos,
    long tokensLastMinute,
    long moneyLastMinuteNanos,
    Waste waste) {
  /** Nothing yet. */
  public static final Spending NONE = new Spending(0, 0, 0, 0, 0, 0, Waste.NONE);
}
