package io.headgate.engine;

import io.headgate.EstimatePolicy;

/**
 * What is known of the output of calls: of a target's, or of an agent's at a target. One thread.
 */
final class LearnedOutput {
  /** Between two looks at the quantile. */
  private static final int LOOK_CALLS = 8;

  private static final int PERCENT = 100;

  /** A sixteenth: less is not worth a write to a word that submitters read. */
  private static final int DIFFERS_SHIFT = 4;

  /** A quarter: less is no news. */
  private static final int NEWS_SHIFT = 2;

  final TargetEntry target;
  private final LogHistogram outputs = new LogHistogram();
  private long published;
  private long told;
  private long calls;

  LearnedOutput(TargetEntry target) {
    this.target = target;
  }

  /**
   * A call had so many output tokens.
   *
   * @return whether {@link #tokens} has changed
   */
  boolean add(long tokens, EstimatePolicy policy) {
    outputs.add(tokens);
    calls++;
    if (calls % LOOK_CALLS == 0 || outputs.total() == policy.minCalls()) {
      return look(policy);
    }
    return false;
  }

  /** Looks at what is known under a policy that may have changed. */
  boolean look(EstimatePolicy policy) {
    long tokens = 0;
    if (policy.isOn() && outputs.total() >= policy.minCalls()) {
      long quantile = Math.max(1, outputs.quantile(policy.quantilePercent()));
      tokens = (quantile * (PERCENT + policy.marginPercent()) + PERCENT - 1) / PERCENT;
    }
    if (tokens != 0 && Math.abs(tokens - published) <= published >> DIFFERS_SHIFT) {
      return false;
    }
    boolean changed = tokens != published;
    published = tokens;
    return changed;
  }

  /**
   * Whether what is published is news: the first that is known, or more than a quarter off what was
   * news before, or nothing any more. It is none the next time.
   */
  boolean takeNews() {
    if (Math.abs(published - told) <= told >> NEWS_SHIFT) {
      return false;
    }
    told = published;
    return true;
  }

  /** From how many calls it has learned, in all; older ones weigh less and less. */
  long calls() {
    return calls;
  }

  /** What is to be reserved, as last published; 0 while nothing is known. */
  long tokens() {
    return published;
  }
}
