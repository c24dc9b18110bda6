/**
 * The lock-free gates: token buckets, job accounts, the waiting room, and the order in which a
 * submission passes them.
 *
 * <p>Runs on any thread. Each gate is one word, read before it is written; all that a refused
 * submission took is given back. Time is an argument, or an injected clock. May use only {@code
 * io.headgate}.
 */
@NullMarked
package io.headgate.admission;

import org.jspecify.annotations.NullMarked;
