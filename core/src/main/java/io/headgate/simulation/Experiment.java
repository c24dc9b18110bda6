package io.headgate.simulation;

import java.util.List;

/** A policy on trial in virtual time: with it, without it, and what a usual stack does. */
interface Experiment {
  /** As it is called on the command line. */
  String name();

  /** What it shows, in one line. */
  String about();

  /** Runs it. The same on every machine, to the bit. */
  List<ExperimentRow> run() throws InterruptedException;
}
