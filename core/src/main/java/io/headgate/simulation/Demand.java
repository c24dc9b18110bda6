package io.headgate.simulation;

import io.headgate.Estimate;

/**
 * What a call is said to need, and what it will really need.
 *
 * @param estimate as it is submitted
 * @param inputTokens that it really has
 * @param outputTokens that it would answer if it were let
 */
record Demand(Estimate estimate, long inputTokens, long outputTokens) {}
