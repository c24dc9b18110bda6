package io.headgate.engine;

/**
 * How long calls take by the length of their answers: a + b times the tokens. Learned from all
 * calls by least squares, the last thousand counting most. What is asked for is the ratio to a call
 * of the length that was usual at first: a slowdown of the whole target changes both terms alike,
 * and so not that. When more is known, the ratio of a call of mean length stays as it was, since it
 * is known best; so times over it can be compared with those of before, whatever the lengths have
 * become. Not thread-safe.
 */
final class CallShape {
  private static final double KEPT = 1 - 1.0 / 1_024;
  private static final int FEW = 32;

  /** A call without an answer takes some time too. */
  private static final double LEAST_BASE = 0.05;

  /** Below which spread of lengths nothing can be told of them. */
  private static final double NO_SPREAD = 1e-3;

  private double weight;
  private double x;
  private double xx;
  private double y;
  private double xy;
  private int calls;

  /** Of the time of a call of mean length, the part that does not grow with its tokens. */
  private double fixed = 1;

  private double meanTokens = 1;
  private double meanNs;

  /** The ratio of a call of mean length. */
  private double scale = 1;

  /** The time of such a call, over that of one of the length that was usual at first. */
  double of(long tokens) {
    return at((double) tokens);
  }

  private double at(double tokens) {
    return scale * (fixed + (1 - fixed) * tokens / meanTokens);
  }

  /**
   * A call has ended.
   *
   * @param slowdown of the target at that time, as far as is known
   */
  void add(long tokens, double ns, double slowdown) {
    double time = ns / slowdown;
    // Times scatter by a factor, so each counts by what it was expected to be.
    double expected = at((double) tokens);
    double w = 1 / (expected * expected);
    weight = KEPT * weight + w;
    x = KEPT * x + w * (double) tokens;
    xx = KEPT * xx + w * (double) tokens * (double) tokens;
    y = KEPT * y + w * time;
    xy = KEPT * xy + w * (double) tokens * time;
    if (++calls >= FEW) {
      fit();
    }
  }

  private void fit() {
    double mean = Math.max(1e-3, x / weight);
    scale = at(mean);
    meanTokens = mean;
    meanNs = y / weight;
    double spread = xx / weight - meanTokens * meanTokens;
    if (spread <= NO_SPREAD * meanTokens * meanTokens) {
      fixed = 1; // all of one length
      return;
    }
    double slope = (xy / weight - meanTokens * meanNs) / spread;
    fixed = Math.clamp(1 - slope * meanTokens / meanNs, LEAST_BASE, 1.0);
  }
}
