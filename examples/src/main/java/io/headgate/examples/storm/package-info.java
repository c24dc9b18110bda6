/**
 * An agent host that runs through a storm, twice: once as most hosts do, once with Headgate.
 *
 * <p>{@link io.headgate.examples.storm.Storm} is the program. The load is fixed before it begins
 * ({@code workload}, from a {@code trace}), the model {@code provider} is a real server on
 * loopback, the {@code arm}s are the hosts, and {@code measure} and {@code report} say what came of
 * it.
 */
@NullMarked
package io.headgate.examples.storm;

import org.jspecify.annotations.NullMarked;
