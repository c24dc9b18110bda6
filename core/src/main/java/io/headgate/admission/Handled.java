package io.headgate.admission;

import io.headgate.Estimate;

/**
 * A handler's call as it is written down.
 *
 * @param handler its name
 * @param kind what the payload is, by {@link io.headgate.Handler.Payload}'s order
 * @param payload what is kept of the argument
 * @param run the run in whose journal the task was admitted first: its own, or one before a crash
 * @param task its number there
 * @param estimate as it was asked for, which may be more than is held
 */
public record Handled(
    String handler, int kind, KeptArgument payload, long run, long task, Estimate estimate) {}
