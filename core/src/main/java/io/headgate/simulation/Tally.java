package io.headgate.simulation;

import io.headgate.Refusal;
import io.headgate.engine.Ending;

/** Counts of one flight: what was offered, refused, ended, and what it cost. */
final class Tally {
  final long[] refusals = new long[Refusal.values().length];
  final long[] endings = new long[Ending.values().length];
  long submissions;
  long admitted;
  long jobs;
  long jobsInTime;
  long jobsRefused;
  long jobsFailed;

  /** Of the load of calm weather, when all else was over. */
  long calmJobs;

  long attempts;

  /** Calls that clients wanted, however often they had to ask. */
  long calls;

  /** Of the job without a parent that spent most. */
  long mostSpentTokens;

  /** Calls that a provider answered, and those whose answer ended at its cap. */
  long answers;

  long answersCutShort;
  long actions;
}
