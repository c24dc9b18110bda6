/**
 * A load injector that a host points at its own Headgate: attacks on real threads, one after the
 * other, beside a client that only wants its answers.
 *
 * <p>{@link io.headgate.examples.redteam.RedTeam} is the program and the entry for a host's own
 * tests. Each {@code Attack} says what it tries and what it got; {@code HonestClient} measures what
 * everybody else saw meanwhile; a {@code Verdict} joins both.
 */
@NullMarked
package io.headgate.examples.redteam;

import org.jspecify.annotations.NullMarked;
