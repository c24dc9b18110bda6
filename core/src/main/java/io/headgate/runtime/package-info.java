/**
 * The imperative shell: ring, dispatcher, attempts on virtual threads, counters, effects.
 *
 * <p>Submitters pass the gates and publish to the ring; the dispatcher's thread alone runs the
 * engine and carries its effects out; a launcher starts virtual threads in batches; helper threads
 * interrupt, close and call back, so that the dispatcher never runs user code. May use everything
 * in core but {@code simulation}.
 */
@NullMarked
package io.headgate.runtime;

import org.jspecify.annotations.NullMarked;
