/**
 * What is asked of the system, fixed before the storm begins: the timeline, and the jobs with their
 * calls, arrival times and deadlines.
 *
 * <p>Made from a trace and a seed on the main thread, immutable, and the same object for every arm.
 */
@NullMarked
package io.headgate.examples.storm.workload;

import org.jspecify.annotations.NullMarked;
