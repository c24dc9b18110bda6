package io.headgate.engine;

import io.headgate.admission.Reservation;

/**
 * The engine's own count of places, permits and tokens: overall, of an agent, of a target. Written
 * by the engine; may be read on its thread.
 */
public final class Ledger {
  int live;
  int waiting;
  int running;
  int claimed;
  int overruns;
  int maxRunningSeen;
  int maxWaitingSeen;
  long started;
  long reservedTokens;
  long spentTokens;
  long reservedMoney;
  long spentMoney;

  void admit(Reservation task) {
    maxWaitingSeen = Math.max(maxWaitingSeen, ++waiting);
    live++;
    reservedTokens += task.tokens();
    reservedMoney += task.moneyNanos();
  }

  void leaveWaiting() {
    waiting--;
    assert waiting >= 0;
  }

  void run() {
    maxRunningSeen = Math.max(maxRunningSeen, ++running);
  }

  void stopRunning() {
    running--;
    assert running >= 0;
  }

  void settle(Reservation task, long tokens, long money) {
    live--;
    reservedTokens -= task.tokens();
    reservedMoney -= task.moneyNanos();
    spentTokens += tokens;
    spentMoney += money;
    assert reservedTokens >= 0 && reservedMoney >= 0;
  }

  /** Tasks whose reservation is not settled. */
  public int live() {
    return live;
  }

  /** Admitted, not started. */
  public int waiting() {
    return waiting;
  }

  /** Attempts that hold permits. */
  public int running() {
    return running;
  }

  /** Of those, attempts whose task has ended. */
  public int overruns() {
    return overruns;
  }

  /** The most permits ever held. */
  public int maxRunningSeen() {
    return maxRunningSeen;
  }

  /** The most that ever waited. */
  public int maxWaitingSeen() {
    return maxWaitingSeen;
  }

  /** Attempts started. */
  public long started() {
    return started;
  }

  /** Tokens held. */
  public long reservedTokens() {
    return reservedTokens;
  }

  /** Tokens settled. */
  public long spentTokens() {
    return spentTokens;
  }

  /** Nano-dollars held. */
  public long reservedMoney() {
    return reservedMoney;
  }

  /** Nano-dollars settled. */
  public long spentMoney() {
    return spentMoney;
  }
}
