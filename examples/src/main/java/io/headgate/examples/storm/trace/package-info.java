/**
 * Where the shape of the load comes from: a recorded trace, or a seeded generator of the same
 * shape.
 *
 * <p>A trace gives arrival gaps and token counts and nothing else. Reading happens once, on the
 * main thread, before the storm; everything here is immutable afterwards.
 */
@NullMarked
package io.headgate.examples.storm.trace;

import org.jspecify.annotations.NullMarked;
