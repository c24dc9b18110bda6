/**
 * A model provider on loopback that speaks OpenAI's chat completions, and misbehaves on demand.
 *
 * <p>It is here to be overloaded: it slows down as more requests run at once, limits rates, bills
 * what it did, notices clients that hang up, and half of it can be out. One virtual thread reads
 * each connection, a second one answers the request at hand, one platform thread shares out the
 * computing.
 */
@NullMarked
package io.headgate.examples.storm.provider;

import org.jspecify.annotations.NullMarked;
