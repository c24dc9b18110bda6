package io.headgate.engine;

/**
 * Tells a failing tool from an unlucky one, call by call: two of Page's CUSUMs (<i>Continuous
 * Inspection Schemes</i>, Biometrika 41, 1954), each the sum of the log-likelihood ratios of Wald's
 * sequential test, never below zero. Both test against 2/3 of the threshold; the one for 4/3 of it
 * finds what fails a little too often, the one for 8/3 of it what is broken, in fewer calls.
 *
 * <p>Their power, at a threshold of 15 %, drawn 10,000 times and more over 2,000 calls in one
 * window (tools/power): a tool that fails 5 % is never suspected, one of 10 % in 2 of 100; one of
 * 20 % is found within 600 calls in 99.9 of 100, of 25 % within 200 in 99.7, of 50 % within 40 in
 * 99.6.
 */
final class FailureTest {
  /** At which it is no longer chance, if the rate over the whole window says so too. */
  private static final double SUSPECT = 6;

  private static final double SUSPECT_BROKEN = 7;

  /** At which it is none, whatever the window still holds from better times. */
  private static final double CERTAIN = 10;

  private static final double CERTAIN_BROKEN = 11;
  private static final double WELL = 2 / 3.0;
  private static final double WORSE = 4 / 3.0;
  private static final double BROKEN = 8 / 3.0;
  private static final double MOST = 0.95;
  private static final double PERCENT = 100;

  private int percent;
  private double failedIfWorse;
  private double passedIfWorse;
  private double failedIfBroken;
  private double passedIfBroken;
  private double worse;
  private double broken;

  void add(int failurePercent, boolean failed) {
    if (failurePercent != percent) {
      set(failurePercent);
    }
    worse = Math.max(0, worse + (failed ? failedIfWorse : passedIfWorse));
    broken = Math.max(0, broken + (failed ? failedIfBroken : passedIfBroken));
  }

  private void set(int failurePercent) {
    percent = failurePercent;
    double well = WELL * failurePercent / PERCENT;
    double ifWorse = Math.min((1 + well) / 2, WORSE * failurePercent / PERCENT);
    double ifBroken = Math.min(MOST, Math.max(ifWorse, BROKEN * failurePercent / PERCENT));
    failedIfWorse = StrictMath.log(ifWorse / well);
    passedIfWorse = StrictMath.log((1 - ifWorse) / (1 - well));
    failedIfBroken = StrictMath.log(ifBroken / well);
    passedIfBroken = StrictMath.log((1 - ifBroken) / (1 - well));
  }

  boolean isSuspect() {
    return worse >= SUSPECT || broken >= SUSPECT_BROKEN;
  }

  boolean isCertain() {
    return worse >= CERTAIN || broken >= CERTAIN_BROKEN;
  }

  double worse() {
    return worse;
  }

  double broken() {
    return broken;
  }

  void goOn(double worse, double broken) {
    this.worse = worse;
    this.broken = broken;
  }

  /** Whether nothing of what it has seen is left. */
  boolean isBlank() {
    return worse == 0 && broken == 0;
  }

  void clear() {
    worse = 0;
    broken = 0;
  }
}
