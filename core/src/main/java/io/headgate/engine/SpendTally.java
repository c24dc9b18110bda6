package io.headgate.engine;

import io.headgate.CallClass;
import io.headgate.Waste;

/**
 * What attempts spent without an answer in time, and how much was held for what they used. Written
 * by the engine; may be read on its thread.
 */
public final class SpendTally {
  private long failedTokens;
  private final MoneySum failedMoney = new MoneySum();
  private long lateTokens;
  private final MoneySum lateMoney = new MoneySum();
  private long heldTokens;
  private long usedTokens;

  /**
   * An attempt has settled.
   *
   * @param late whether its task had ended before
   */
  void ended(AttemptReport report, boolean late) {
    if (late) {
      lateTokens += report.tokens();
      lateMoney.add(report.moneyNanos());
    } else if (report.callClass() != CallClass.OK || report.how() == AttemptEnd.CUT_OFF) {
      failedTokens += report.tokens();
      failedMoney.add(report.moneyNanos());
    }
    // What settles at its reservation would only flatter the ratio.
    if (report.use().isKnown()) {
      heldTokens += report.use().heldTokens();
      usedTokens += report.tokens();
    }
  }

  void add(SpendTally other) {
    failedTokens += other.failedTokens;
    failedMoney.add(other.failedMoney.nanos());
    lateTokens += other.lateTokens;
    lateMoney.add(other.lateMoney.nanos());
    heldTokens += other.heldTokens;
    usedTokens += other.usedTokens;
  }

  /** What was spent without an answer in time. */
  public Waste waste() {
    return new Waste(failedTokens, lateTokens, failedMoney.nanos(), lateMoney.nanos());
  }

  /** Tokens held over tokens used, of calls whose use is known; 0 if there are none. */
  public double reservedOverUsed() {
    return usedTokens == 0 ? 0 : (double) heldTokens / usedTokens;
  }
}
