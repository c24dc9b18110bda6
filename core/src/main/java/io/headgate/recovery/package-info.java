/**
 * What a journal knows of the Headgates before, and what becomes of it: facts and decisions, which
 * the runtime and the simulator carry out alike. No thread, no clock, no I/O. May use {@code
 * io.headgate}, {@code io.headgate.admission} and {@code io.headgate.engine}.
 */
@NullMarked
package io.headgate.recovery;

import org.jspecify.annotations.NullMarked;
