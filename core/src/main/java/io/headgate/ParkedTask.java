package io.headgate;

import java.time.Duration;

/**
 * A task that is held for a human, as it was at one logical moment. Carries ids and figures, never
 * prompts.
 *
 * @param taskId its number, for {@link Operator#approve} and {@link Operator#refuse}
 * @param job who pays
 * @param agent who asks
 * @param target what is to be called
 * @param reason why it is parked
 * @param tokens that it holds
 * @param moneyNanos that it holds, in nano-dollars
 * @param wantedTokens that it lacks: 0 but for {@link ParkReason#BUDGET}
 * @param wantedMoneyNanos that it lacks, in nano-dollars
 * @param parkedFor how long it has been parked
 * @param action what happens by itself
 * @param actionIn in how long, from then
 * @param clockStands whether its TTL and its job's deadline stand still meanwhile
 */
public record ParkedTask(
    long taskId,
    String job,
    String agent,
    String target,
    ParkReason reason,
    long tokens,
    long moneyNanos,
    long wantedTokens,
    long wantedMoneyNanos,
    Duration parkedFor,
    ParkPolicy.Action action,
    Duration actionIn,
    boolean clockStands) {}
