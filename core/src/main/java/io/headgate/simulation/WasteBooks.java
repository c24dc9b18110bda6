package io.headgate.simulation;

import io.headgate.CallClass;
import io.headgate.Waste;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.AttemptReport;

/** What the referee counts as spent in vain, of an agent, a target, a job, or all together. */
final class WasteBooks {
  private long failedTokens;
  private long failedMoney;
  private long lateTokens;
  private long lateMoney;

  /** An attempt's end comes to the engine, whose task had ended before or not. */
  void ended(AttemptReport report, boolean taskEnded) {
    boolean answered = report.callClass() == CallClass.OK && report.how() != AttemptEnd.CUT_OFF;
    if (taskEnded) {
      lateTokens += report.tokens();
      lateMoney += report.moneyNanos();
    } else if (!answered) {
      failedTokens += report.tokens();
      failedMoney += report.moneyNanos();
    }
  }

  void add(WasteBooks other) {
    failedTokens += other.failedTokens;
    failedMoney += other.failedMoney;
    lateTokens += other.lateTokens;
    lateMoney += other.lateMoney;
  }

  void check(Object whose, Waste said) {
    Waste counted = new Waste(failedTokens, lateTokens, failedMoney, lateMoney);
    if (!counted.equals(said)) {
      throw new Violation(whose + ": in vain were " + said + ", and counted are " + counted);
    }
  }
}
