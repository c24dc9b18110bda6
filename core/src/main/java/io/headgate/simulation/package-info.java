/**
 * The flight simulator: the real admission and the real engine in virtual time, with one seed, and
 * a model of everything around them. Everything of one simulation runs one step at a time, on
 * virtual threads that hand control to each other; nothing here reads a clock or an unseeded random
 * number. May use admission and engine, never the runtime.
 */
@NullMarked
package io.headgate.simulation;

import org.jspecify.annotations.NullMarked;
