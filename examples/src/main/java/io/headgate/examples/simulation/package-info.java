/** The flight simulator at work on a host's settings. */
@NullMarked
package io.headgate.examples.simulation;

import org.jspecify.annotations.NullMarked;
