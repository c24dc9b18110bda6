/**
 * What happened in one arm, and what it comes to.
 *
 * <p>Arms report from many threads to a {@link io.headgate.examples.storm.measure.Recorder}; once
 * all is quiet, an {@link io.headgate.examples.storm.measure.ArmResult} is worked out on the main
 * thread.
 */
@NullMarked
package io.headgate.examples.storm.measure;

import org.jspecify.annotations.NullMarked;
