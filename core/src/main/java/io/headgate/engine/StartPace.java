package io.headgate.engine;

/**
 * The mean time between starts, of about the last sixteen. A start counts only if something was
 * left waiting at the one before: an idle hour says nothing about how fast a queue moves.
 */
final class StartPace {
  private static final int MEAN_SHIFT = 4;

  private boolean backlogged;
  private long lastNs;
  private long meanNs;
  private long publishedNs;

  /**
   * A task was started.
   *
   * @param backlogged whether others still wait
   * @return whether the mean has moved by an eighth since the last yes: then it is to be published
   */
  boolean started(long nowNs, boolean backlogged) {
    if (this.backlogged) {
      long sinceNs = nowNs - lastNs;
      meanNs = meanNs == 0 ? sinceNs : meanNs + ((sinceNs - meanNs) >> MEAN_SHIFT);
    }
    this.backlogged = backlogged;
    lastNs = nowNs;
    boolean moved = Math.abs(meanNs - publishedNs) > (publishedNs >> 3);
    if (moved) {
      publishedNs = meanNs;
    }
    return moved;
  }

  long intervalNs() {
    return meanNs;
  }
}
