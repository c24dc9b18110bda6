package io.headgate.engine;

/**
 * How long calls take by the length of their prompts and answers: a constant, and so much for each
 * token of either. Learned from all calls by least squares, the last thousand counting most. What
 * is asked for is the ratio to a call of the lengths that were usual at first: a slowdown of the
 * whole target changes all terms alike, and so not that. When more is known, the ratio of a call of
 * mean lengths stays as it was, since it is known best; so times over it can be compared with those
 * of before, whatever the lengths have become. Not thread-safe.
 */
final class CallShape {
  /** The last calls, of which a mean is made. */
  private static final int LAST = 1_024;

  private static final double KEPT = 1 - 1.0 / LAST;
  private static final int FEW = 32;

  /** A call without a prompt and an answer takes some time too. */
  private static final double LEAST_BASE = 0.05;

  /**
   * The shortest calls count for no more than if they took so much of what those of mean lengths
   * do.
   */
  private static final double SHORTEST = 0.25;

  /** Sums over calls of the products of 1, input, output and time, each call by its weight. */
  private double sum;

  private double sumIn;
  private double sumOut;
  private double sumInIn;
  private double sumInOut;
  private double sumOutOut;
  private double sumNs;
  private double sumInNs;
  private double sumOutNs;

  /** How many these are of, {@link #LAST} at most. */
  private int calls;

  private double meanIn;
  private double meanOut;

  /** The time of a call of mean lengths is 1: the parts of its prompt and of its answer. */
  private double ofIn;

  private double ofOut;

  /** The ratio of such a call. */
  private double scale = 1;

  /** The time of such a call, over that of one of the lengths that were usual at first. */
  double of(long inputTokens, long outputTokens) {
    return at((double) inputTokens, (double) outputTokens);
  }

  /** The same, of one whose answer is of the mean length. */
  double ofInput(long inputTokens) {
    return at((double) inputTokens, meanOut);
  }

  private double at(double in, double out) {
    double more = part(ofIn, in, meanIn) + part(ofOut, out, meanOut);
    return scale * Math.max(LEAST_BASE, 1 + more);
  }

  private static double part(double part, double tokens, double mean) {
    return part == 0 ? 0 : part * (tokens / mean - 1);
  }

  /**
   * A call has ended.
   *
   * @param slowdown of the target at that time, as far as is known
   */
  void add(long inputTokens, long outputTokens, double ns, double slowdown) {
    double in = (double) inputTokens;
    double out = (double) outputTokens;
    double time = ns / slowdown;
    // Times scatter by a factor, so each counts by what it was expected to be.
    double expected = Math.max(at(in, out), SHORTEST * scale);
    double weight = 1 / (expected * expected);
    sum = KEPT * sum + weight;
    sumIn = KEPT * sumIn + weight * in;
    sumOut = KEPT * sumOut + weight * out;
    sumInIn = KEPT * sumInIn + weight * in * in;
    sumInOut = KEPT * sumInOut + weight * in * out;
    sumOutOut = KEPT * sumOutOut + weight * out * out;
    sumNs = KEPT * sumNs + weight * time;
    sumInNs = KEPT * sumInNs + weight * in * time;
    sumOutNs = KEPT * sumOutNs + weight * out * time;
    calls = Math.min(calls + 1, LAST);
    double newIn = meanIn + (in - meanIn) / calls;
    double newOut = meanOut + (out - meanOut) / calls;
    scale = at(newIn, newOut);
    meanIn = newIn;
    meanOut = newOut;
    if (calls >= FEW) {
      fit();
    }
  }

  // About the weighted means; less than nothing is nothing. As if one call more had been so far
  // from
  // them as they are large, and had taken no longer: a length that hardly varies says nothing.
  private void fit() {
    double atIn = sumIn / sum;
    double atOut = sumOut / sum;
    double doubt = sum / calls;
    double inIn = sumInIn - atIn * sumIn + doubt * meanIn * meanIn;
    double outOut = sumOutOut - atOut * sumOut + doubt * meanOut * meanOut;
    double inOut = sumInOut - atIn * sumOut;
    double inNs = sumInNs - atIn * sumNs;
    double outNs = sumOutNs - atOut * sumNs;
    double determinant = inIn * outOut - inOut * inOut;
    double nsOfIn = slope(inNs * outOut - outNs * inOut, determinant);
    double nsOfOut = slope(outNs * inIn - inNs * inOut, determinant);
    if (nsOfIn <= 0) {
      nsOfIn = 0;
      nsOfOut = slope(outNs, outOut);
    } else if (nsOfOut <= 0) {
      nsOfOut = 0;
      nsOfIn = slope(inNs, inIn);
    }
    double meanNs = sumNs / sum + nsOfIn * (meanIn - atIn) + nsOfOut * (meanOut - atOut);
    double tokensNs = nsOfIn * meanIn + nsOfOut * meanOut;
    double most = (1 - LEAST_BASE) / Math.max(1 - LEAST_BASE, tokensNs / meanNs);
    ofIn = most * nsOfIn * meanIn / meanNs;
    ofOut = most * nsOfOut * meanOut / meanNs;
  }

  private static double slope(double over, double under) {
    return under > 0 ? Math.max(0, over / under) : 0;
  }
}
