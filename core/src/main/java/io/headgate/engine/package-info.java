/**
 * The deterministic state machine and nothing else: {@code (state, stamped input) -> (state,
 * effects)}.
 *
 * <p>One thread runs it. It has no clock, thread, lock, I/O or unseeded randomness, iterates over
 * nothing whose order is not defined, and reads no word that other threads write. May use {@code
 * io.headgate} and the immutable parts of {@code io.headgate.admission}.
 */
@NullMarked
package io.headgate.engine;

import org.jspecify.annotations.NullMarked;
