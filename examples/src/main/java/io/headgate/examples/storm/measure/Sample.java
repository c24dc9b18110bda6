package io.headgate.examples.storm.measure;

/**
 * The gauges at one moment.
 *
 * @param atNanos since the start of the arm
 * @param inFlight calls that the arm has under way
 * @param waiting calls that wait in the arm for their start
 * @param queuedAtProvider requests at the provider beyond what it serves at full speed
 * @param tokensSpent billed so far
 * @param tokensUseful billed so far for jobs that have finished in time
 * @param dollarsSpent billed so far
 */
public record Sample(
    long atNanos,
    int inFlight,
    int waiting,
    int queuedAtProvider,
    long tokensSpent,
    long tokensUseful,
    double dollarsSpent) {
  /** Calls that are let in and not being served, wherever they stand. */
  public int depth() {
    return waiting + queuedAtProvider;
  }
}
