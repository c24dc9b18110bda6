package io.headgate;

import java.time.Instant;

/**
 * One entry of an {@link Operator}'s history.
 *
 * @param at when, by the wall clock
 * @param verb what: {@code approve}, {@code refuse}, {@code degrade}, {@code token budget}, {@code
 *     money budget}, {@code pause}, {@code resume}, {@code drain}, {@code admit}, {@code open},
 *     {@code close}; and {@code let go} when a breaker is no longer as it was forced
 * @param subject of what: {@code task 12}, {@code job x}, {@code agent a}, {@code target t}, {@code
 *     breaker t} or {@code breaker t of a}, {@code all}
 * @param change of a budget, from what to what, also if it was not done: {@code from 2,000 to 4,000
 *     tokens}, {@code from 0.5 to 1 dollars}; of a word that ends by itself, after what time, and
 *     for {@code admit} whom: {@code for PT10M}, {@code NORMAL for PT10M}; else empty
 * @param by who and why; {@code headgate} for what happened by itself
 * @param done whether it changed anything
 */
public record OperatorWord(
    Instant at, String verb, String subject, String change, By by, boolean done) {}
