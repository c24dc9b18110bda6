/**
 * Says what came of the storm: a table in the terminal, {@code report.json} and {@code
 * report.html}.
 *
 * <p>{@link io.headgate.examples.storm.report.Figure} lists the figures once, with their
 * definitions; the three reports show that list. Runs on the main thread when all is over.
 */
@NullMarked
package io.headgate.examples.storm.report;

import org.jspecify.annotations.NullMarked;
