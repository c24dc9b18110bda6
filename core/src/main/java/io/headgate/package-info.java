/**
 * What users touch: {@link io.headgate.Headgate}, jobs, tasks, admissions and outcomes.
 *
 * <p>Types here are immutable values or interfaces that any thread may use. Nothing in this package
 * depends on the others, but for the one factory in {@link io.headgate.Headgate.Builder#build()}.
 * Time is {@link java.time.Duration} here and {@code long} nanoseconds inside.
 */
@NullMarked
package io.headgate;

import org.jspecify.annotations.NullMarked;
