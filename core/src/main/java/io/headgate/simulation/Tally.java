package io.headgate.simulation;

import io.headgate.DegradationPolicy;
import io.headgate.Refusal;
import io.headgate.engine.Ending;

/** Counts of one flight: what was offered, refused, ended, and what it cost. */
final class Tally {
  final long[] refusals = new long[Refusal.values().length];
  final long[] endings = new long[Ending.values().length];

  /** Tasks completed, by rung. */
  final long[] answers = new long[DegradationPolicy.MAX_RUNGS];

  long submissions;
  long admitted;
  long jobs;
  long jobsInTime;

  /** Jobs whose last answer came from the share of their budget that is kept for it, in time. */
  long jobsWrappedUp;

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
  long callsAnswered;

  long answersCutShort;
  long actions;
}
