package io.headgate.engine;

/**
 * A provider's limit on one measure of its calls, their number or their tokens, as it looks from
 * what it accepted until it rejected one. Between two rejections a token bucket lets through what
 * it is refilled with, and a window what it holds: the rate over that time is the limit, whatever
 * the pace was. Not thread-safe.
 */
final class LimitEstimate {
  /** One in four: about the last seven estimates count. */
  private static final double ERROR_WEIGHT = 0.25;

  private static final double UNKNOWN = -1;

  private double perNs;
  private double accepted;
  private double recentMark;
  private double olderMark;

  /** The mean square of how far, in logarithms, an estimate was off the one before. */
  private double error = UNKNOWN;

  void started(double cost) {
    accepted += cost;
  }

  /** One that had been counted as accepted was not. */
  void notAccepted(double cost) {
    accepted -= cost;
  }

  /** A later point in time becomes the one from which is counted. */
  void mark() {
    olderMark = recentMark;
    recentMark = accepted;
  }

  /** All marks are here. */
  void markAnew() {
    accepted = 0;
    recentMark = 0;
    olderMark = 0;
  }

  /** What was accepted since the older mark. */
  double sinceOlderMark() {
    return accepted - olderMark;
  }

  double sinceRecentMark() {
    return accepted - recentMark;
  }

  /**
   * It was rejected.
   *
   * @param ns since the older mark
   * @param precise whether how far this is off the last estimate says anything of the measure
   */
  void estimate(double ns, boolean precise) {
    double before = perNs;
    perNs = Math.max(0, sinceOlderMark()) / ns;
    if (precise && before > 0 && perNs > 0) {
      double off = StrictMath.log(perNs / before);
      error = error < 0 ? off * off : error + (off * off - error) * ERROR_WEIGHT;
    }
  }

  /** Too little was accepted to estimate anything: less than was thought. */
  void lower(double factor) {
    perNs *= factor;
  }

  void atLeast(double perNs) {
    this.perNs = Math.max(this.perNs, perNs);
  }

  double perNs() {
    return perNs;
  }

  /** Whether it has been so much steadier than the other that chance is no explanation. */
  boolean isSteadierThan(LimitEstimate other, double ratio) {
    return perNs > 0 && error >= 0 && other.error > 0 && error < ratio * other.error;
  }
}
